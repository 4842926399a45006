"""The app in a real browser. A package, so that its server and browser end with its last test: while Playwright is
open, nothing else in the process can run a loop of its own."""
