"""What the changes of one look mean: judged events, findings, incidents. Pure: the same look, the same judgement."""
