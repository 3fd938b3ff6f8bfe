"""A review: findings, prompts, checks of a model's answer, scores, and the profile that a model is used with.

Pure values: which requests are sent, and when, is decided in `service/review`. What hides a finding is in
`core/suppression`.
"""
