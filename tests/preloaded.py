"""What is loaded once, for all processes that a test forks: see commands.py and doomed.py."""

# ruff: noqa: F401 - to be loaded is all that they are for
import anyio._backends._asyncio
import sqlalchemy.ext.asyncio

import admin
import costs
import db.migrate
import doctor
import gameplay
import keys
import logins
import music
import providers
import runtime.account_form
import runtime.tables
import starter
import tokens
from tests.faults import attempts, doomed, doomed_post
