"""Answers about members. Written by ``scripts/client_types.py``."""

from datetime import datetime

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Role


class Member(Answer):
    id: str
    user_id: str
    email: str
    name: str
    role: Role
    created_at: datetime
