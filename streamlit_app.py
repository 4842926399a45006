"""The app's server: `streamlit run streamlit_app.py`. The gate stands in front of everything that Streamlit serves.

The script it runs lies in ui/, not here: beside a folder named pages/, Streamlit would run each page on its own.
"""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from ui.door.gate import Gate
from ui.door.provider import auth_secrets
from ui.warm import warmed

app = st.App(
    Path(__file__).parent / "ui" / "router.py",
    secrets=auth_secrets(),
    middleware=[Middleware(Gate)],
    lifespan=warmed,
)
