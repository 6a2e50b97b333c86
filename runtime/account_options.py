"""What may be typed about an account at admin.py, and what it is for."""

ACCOUNT = {
    "--handle": "the name on Instagram, for people",
    "--platform-user-id": "Instagram's id of the user, digits only",
    "--theme": "what the stories are about",
}
ACCOUNT_OPTIONS = {
    "--login": "how it is connected: instagram, or facebook for Facebook Login for Business",
    "--voice": "how the captions sound",
    "--audience": "who they are for",
    "--language": "the language they are in, like en",
    "--zone": "the IANA time zone of its days, like Europe/Berlin",
    "--start-time": "when a day starts there, like 09:00",
    "--reel-seconds": "how long a Reel may be, 3 to 90",
    "--daily-budget-usd": "dollars that one day may cost",
    "--monthly-budget-usd": "dollars that one month may cost",
    "--caption-lead": "which caption leads when nobody picks: first, or alternate day by day",
    "--layout": "where the panes lie: split-60-40, split-50-50 or top-blurred",
    "--top-anchor": "what stays of a cropped story: center, left, right, top or bottom",
    "--reminder-hours": "when reviewers are reminded",
    "--expiry-hours": "when a review ends unanswered",
    "--silence": "what no answer means: expire or hold; never publish",
    "--approvals-needed": "how many different people have to approve: 1 or 2",
    "--quiet-hours": "when nobody is reminded, by its own clock, like 22:00-08:00",
    "--auto-after-posts": "how many posts people have to have approved before, 50 at least",
    "--auto-unchanged-share": "how much of it unchanged, 0.95 to 1",
    "--auto-sampled-share": "how many days people see all the same, 0.05 to 1",
    "--location-id": "the Facebook Page of the place that Reels are tagged with; --login facebook",
    "--first-comment": "what is written under each Reel once it is out",
}
ACCOUNT_LISTS = {
    "--provider": ("video_providers", "a video provider, in the order in which they are tried"),
    "--reviewer": ("reviewers", "a name that may decide; none: whoever a door knows"),
    "--review-channel": ("channels", "what reaches its people, like slack; none: all set up"),
    "--posting-time": ("times", "a local time at which Reels go out; none: once they are approved"),
    "--collaborator": ("collaborators", "a handle invited as co-author, 3; --login facebook"),
    "--sound": ("sound", "gameplay, music or top, with decibels like music=-12"),
    "--banned-topic": ("banned_topics", "what stories keep away from"),
    "--allow-mention": ("allowed_mentions", "a handle that captions may name"),
    "--allow-link": ("allowed_links", "a host name that captions may link to, like shop.example"),
}
ACCOUNT_SWITCHES = {
    "--auto-approval": "let Reels go out unseen once the account has earned that",
    "--trends": "let a web search inspire its stories, for about a cent a theme and day",
    "--hook-text": "let the story's hook stand on the picture in the first seconds",
    "--ai-label": "let Reels say that they were made with AI",
    "--share-to-feed": "show Reels in the feed too, and not in the Reels tab only",
}
CLEARED = {
    "daily-budget-usd": "daily_budget_micros",
    "monthly-budget-usd": "monthly_budget_micros",
    "location-id": "location_id",
    "first-comment": "first_comment",
    "quiet-hours": "quiet_hours",
    **{option.removeprefix("--"): field for option, (field, _) in ACCOUNT_LISTS.items()},
}
"""What `account set --clear` can empty, and the field that it is."""
del CLEARED["provider"], CLEARED["sound"]
