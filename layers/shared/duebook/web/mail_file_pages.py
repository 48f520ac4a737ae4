"""The files that went with a mail, from the mail's page: by a link of five minutes, as long as they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from chalice.app import Response

from duebook.errors import NotFoundError
from duebook.storage.attachment_store import AttachmentStore
from duebook.storage.email_items import TEXT_KEPT
from duebook.storage.email_store import EmailStore
from duebook.usecases.mail_actions import read_mail
from duebook.web.mail_question import PATH
from duebook.web.page_answers import PageAnswers, redirect
from duebook.web.visits import Visit


@dataclass(frozen=True, slots=True)
class MailFilePages:
    """What a request for a mail's file takes.

    Args:
        answers: What pages are made with.
        visit: Who asks.
        mails: Where mails stand.
        files: Where their files are.
    """

    answers: PageAnswers
    visit: Visit
    mails: EmailStore
    files: AttachmentStore

    def file(self, mail_id: str, number: str) -> Response:
        """Lead to a file by its place in the mail, from 1 on.

        Raises:
            NotFoundError: No such mail, or it has no such file.
        """
        mail, text = read_mail(self.visit.tenant_id, mail_id, mails=self.mails)
        if text is not None and number not in {str(place + 1) for place in range(len(text.attachments))}:
            raise NotFoundError(f"the mail {mail_id} has no file {number}")
        kept = text and self.files.link(self.visit.tenant_id, text.attachments[int(number) - 1])
        if kept:
            return redirect(kept)
        return self.answers.page(
            "mail_file_gone.html", self.visit, HTTPStatus.GONE, section=PATH, mail=mail, gone_since=mail.created_at + TEXT_KEPT
        )
