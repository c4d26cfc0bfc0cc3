"""The tables of membership: unions, their members, who was responsible when, their loans and documents."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import DateTime, Enum, ForeignKey, Index, MetaData, Sequence, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import Text

from services.membership.domain.transfer import TransferStatus
from shared.documents.tables import DocumentColumns, DocumentTypeColumns
from shared.ids import new_id
from shared.postgres.tables import NAMING


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {str: Text, datetime: DateTime(timezone=True)}


# Codes of members count from 1. A number lost with a rolled back transaction is not given again.
member_number = Sequence("member_number", metadata=Base.metadata)


class Union(Base):
    """A union and its one credit officer."""

    __tablename__ = "unions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    location: Mapped[str | None]
    address: Mapped[str | None]
    officer_id: Mapped[UUID]
    search: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Member(Base):
    """A person in a union. `officer_id` repeats the union's officer, so that an index can lead an officer to the
    newest members; it changes in the transaction that gives the union another officer."""

    __tablename__ = "members"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(unique=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    address: Mapped[str | None]
    date_of_birth: Mapped[date | None]
    gender: Mapped[str | None]
    marital_status: Mapped[str | None]
    profession: Mapped[str | None]
    company: Mapped[str | None]
    city: Mapped[str | None]
    state: Mapped[str | None]
    country: Mapped[str | None]
    zip_code: Mapped[str | None]
    note: Mapped[str | None]
    profile_image: Mapped[str | None]
    is_verified: Mapped[bool] = mapped_column(default=True)
    union_id: Mapped[UUID] = mapped_column(ForeignKey("unions.id"))
    officer_id: Mapped[UUID]
    search: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class MemberErasure(Base):
    """That the personal data of a member was erased. It does not refer to the table of members and is in no backup, so
    that who is there again after a restore is erased again."""

    __tablename__ = "member_erasures"

    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    reason: Mapped[str]
    erased_by: Mapped[UUID]
    erased_at: Mapped[datetime]


class UnionAssignment(Base):
    """One line of a union's history: it went from one officer to another."""

    __tablename__ = "union_assignments"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    union_id: Mapped[UUID] = mapped_column(ForeignKey("unions.id"))
    old_officer_id: Mapped[UUID]
    new_officer_id: Mapped[UUID]
    reason: Mapped[str]
    assigned_by: Mapped[UUID]
    assigned_at: Mapped[datetime]


class MemberReassignment(Base):
    """One line of a member's history: they went from one union, and its officer, to another."""

    __tablename__ = "member_reassignments"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    old_union_id: Mapped[UUID]
    new_union_id: Mapped[UUID]
    old_officer_id: Mapped[UUID]
    new_officer_id: Mapped[UUID]
    reason: Mapped[str]
    reassigned_by: Mapped[UUID]
    reassigned_at: Mapped[datetime]


class UnionTransfer(Base):
    """A union that is to go to another officer, who may come from another union: asked for, then carried out or called
    off. What was moved is counted when it is carried out."""

    __tablename__ = "union_transfers"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    union_id: Mapped[UUID] = mapped_column(ForeignKey("unions.id"))
    from_union_id: Mapped[UUID | None] = mapped_column(ForeignKey("unions.id"))
    officer_id: Mapped[UUID]
    reason: Mapped[str | None]
    notes: Mapped[str | None]
    effective_on: Mapped[date]
    status: Mapped[TransferStatus] = mapped_column(
        Enum(TransferStatus, name="transfer_status", native_enum=False, create_constraint=True, length=20)
    )
    members_moved: Mapped[int] = mapped_column(default=0)
    loans_moved: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    ended_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]


class MemberLoan(Base):
    """What membership knows of a loan, from the events of lending. Its union is the union of the member."""

    __tablename__ = "member_loans"

    loan_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    status: Mapped[str]
    version: Mapped[int]


class DocumentType(DocumentTypeColumns, Base):
    """What a document may be: a passport, a letter of guarantee. Lending follows it for the documents of loans."""

    __tablename__ = "document_types"


class MemberDocument(DocumentColumns, Base):
    """A document of a member."""

    __tablename__ = "member_documents"

    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))


class LoanDocument(Base):
    """What membership knows of a document of a loan, from the events of lending: its type, which is in use then."""

    __tablename__ = "loan_documents"

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    document_type_id: Mapped[UUID]
    is_deleted: Mapped[bool]
    version: Mapped[int]


live_unions, live_members = Union.deleted_at.is_(None), Member.deleted_at.is_(None)

Index("unions_created_at_idx", Union.created_at.desc(), Union.id.desc(), postgresql_where=live_unions)
Index("unions_officer_id_idx", Union.officer_id, Union.created_at.desc(), Union.id.desc(), postgresql_where=live_unions)
Index("unions_name_idx", Union.search, Union.id, postgresql_where=live_unions)
Index("unions_search_idx", Union.search, postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"})

Index("members_email_key", Member.email, unique=True, postgresql_where=live_members)
Index("members_created_at_idx", Member.created_at.desc(), Member.id.desc(), postgresql_where=live_members)
Index(
    "members_officer_id_idx",
    Member.officer_id,
    Member.created_at.desc(),
    Member.id.desc(),
    postgresql_where=live_members,
)
Index(
    "members_union_id_idx", Member.union_id, Member.created_at.desc(), Member.id.desc(), postgresql_where=live_members
)
Index("members_search_idx", Member.search, postgresql_using="gin", postgresql_ops={"search": "gin_trgm_ops"})

Index("union_assignments_union_id_idx", UnionAssignment.union_id, UnionAssignment.assigned_at.desc())
Index("member_reassignments_member_id_idx", MemberReassignment.member_id, MemberReassignment.reassigned_at.desc())
Index("union_assignments_assigned_at_idx", UnionAssignment.assigned_at, UnionAssignment.id)
Index("member_reassignments_reassigned_at_idx", MemberReassignment.reassigned_at, MemberReassignment.id)
Index("member_loans_member_id_idx", MemberLoan.member_id)
Index("union_transfers_newest_idx", UnionTransfer.created_at, UnionTransfer.id)
Index("union_transfers_union_id_idx", UnionTransfer.union_id)
Index("union_transfers_officer_id_idx", UnionTransfer.officer_id)

live_types, live_documents = DocumentType.deleted_at.is_(None), MemberDocument.deleted_at.is_(None)

Index("document_types_live_name_key", func.lower(DocumentType.name), unique=True, postgresql_where=live_types)
Index("document_types_live_code_key", DocumentType.code, unique=True, postgresql_where=live_types)
Index(
    "member_documents_member_id_idx",
    MemberDocument.member_id,
    MemberDocument.uploaded_at.desc(),
    MemberDocument.id.desc(),
    postgresql_where=live_documents,
)
Index("member_documents_document_type_id_idx", MemberDocument.document_type_id, postgresql_where=live_documents)
Index("loan_documents_document_type_id_idx", LoanDocument.document_type_id, postgresql_where=~LoanDocument.is_deleted)
