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
| instagram | create_container, get_container, media_publish, get_media, list_media, get_user, me, \
content_publishing_limit, refresh_access_token; fetch_video (the platform's own) | \
container.created, container.fetched, container.refused, post.published, token.refreshed |
| slack | webhook, response, click | message.posted, message.changed, interaction.sent |

Kinds for every operation: see `faults.GENERAL`. Kinds of one operation:
- messages `refusal` (`partial`), `max-tokens`, `invalid-json`.
- create_generation, create_task, submit `fail`: the job that this call orders will fail
  (`failure_code`, `failure_reason`; codes in `luma_errors.FAILURES`, `runway.FAILURES`,
  `fal_models.ENDINGS`). create_generation `rate-limited` and `too-many-jobs`: Luma's two 429
  (`retry_after`).
- get_generation, get_task, get_status `odd-state`: a state that nobody knows (`state`: the word).
- download of luma, runway, fal: `expired` (403), `html` (a page, with 200), `short` (the file's
  first half, as if it were whole; the general `truncate` breaks off and shows it).
- create_container `container-error` (`subcode`); media_publish `second-commit` (`mode`: duplicate,
  same_id, error; a mode stays); all of Instagram `graph-error` (`code`, `subcode`, `message`,
  `after_effect`).
"""
