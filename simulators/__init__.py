"""The outside world on one port, chosen by URL; written from the public contracts.

`GET /_ledger` is `{"entries": [...]}` (see `ledger.Entry`), filtered by `service`, `op`, `effect`,
`after`. `POST /_faults` takes `{service, op, kind, times, skip, ...options}` or a list of them.

| service | operations | effects |
|---|---|---|
| anthropic | messages, models, model | message.created |
| luma | create_generation, get_generation, download, of both APIs; delete_generation, \
list_generations, get_credits, ping | job.created, job.deleted |
| runway | create_task, get_task, delete_task, download, get_organization, get_usage | \
job.created, job.cancelled, job.deleted |
| fal | submit, get_status, get_result, cancel, download, list_requests, get_pricing | \
job.created, job.cancelled |
| instagram, of both flavours | create_container, get_container, media_publish, get_media, \
list_media, get_user, me, content_publishing_limit, get_insights, create_comment, list_comments, \
delete_media, upload, authorize, code_token, exchange_token, refresh_access_token, oauth_token, \
me_accounts, me_permissions, debug_token; fetch_video, see_token, see_app (the platform's own) | \
container.created, container.fetched, container.refused, upload.received, upload.pulled, \
post.published, post.planted, post.deleted, comment.created, code.issued, token.issued, \
token.refreshed, token.seen, app.seen, account.changed |
| slack | webhook, response; post_message, update_message, list_messages, open_view of the Web \
API; click, submit (a person's) | message.posted, message.changed, message.updated, view.opened, \
view.updated, view.closed, interaction.sent |
| discord | create_message, edit_message, list_messages; press, submit (a person's) | \
message.posted, message.updated, interaction.sent |

Kinds for every operation: see `faults.GENERAL`. Kinds of one operation:
- messages `refusal` (`partial`), `max-tokens`, `invalid-json`.
- create_generation, create_task, submit `fail`: the job that this call orders will fail
  (`failure_code`, `failure_reason`; codes in `luma_errors.FAILURES`, `runway.FAILURES`,
  `fal_models.ENDINGS`). create_generation `rate-limited` and `too-many-jobs`: Luma's two 429
  (`retry_after`).
- get_generation, get_task, get_status `odd-state`: a state that nobody knows (`state`: the word).
- download of luma, runway, fal: `expired` (403), `html` (a page, with 200), `short` (the file's
  first half, as if it were whole; the general `truncate` breaks off and shows it).
- all of the Graph API `graph-error` (`code`, `subcode`, `message`, `is_transient`, `extra`,
  `after_effect`); create_container `container-error` (`subcode`), `copyright-match`; upload `cut`
  (`bytes`), `processing-failed` (`proceeds`); authorize `denied`.
- all of Slack's Web API `api-error` (`error`: Slack's word), `ratelimited` (`retry_after`);
  of Discord's API `api-error` (`status`, `code`), `ratelimited` (`retry_after`).
- modes, which stay until `DELETE /_faults` (all, or by `service`, `op`, `kind`), each with `user`
  for one account alone: media_publish `second-commit` (`mode`: duplicate, same_id, error) and
  `decoys`; instagram's operation `any` `read-outage` (`token`: page, user), `throttle` (`minutes`,
  `code`, `prolong`, `business`), `usage` (`percent`), `quota` (`total`); me
  and code_token `wrapped`; authorize `consent` (`users`, `scopes`).

`/_tokens` and `/_posts` change what Instagram holds: see `instagram_doors`.
"""
