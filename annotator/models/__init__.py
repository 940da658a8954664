"""The tables, one file for each noun, in the order in which data flow."""

from annotator.models.annotation import Annotation, Review
from annotator.models.article import Article, Author, Original, Progress
from annotator.models.base import table
from annotator.models.change import Change
from annotator.models.codebook import CodebookVersion, Tag
from annotator.models.entity import Entity, Measure
from annotator.models.event import Coverage, Event, EventLink, Relation
from annotator.models.project import Membership, Project
from annotator.models.user import SignInAttempt, SignInLink, User, UserSession

__all__ = [
    "Annotation",
    "Article",
    "Author",
    "Change",
    "CodebookVersion",
    "Coverage",
    "Entity",
    "Event",
    "EventLink",
    "Measure",
    "Membership",
    "Original",
    "Progress",
    "Project",
    "Relation",
    "Review",
    "SignInAttempt",
    "SignInLink",
    "Tag",
    "User",
    "UserSession",
    "table",
]
