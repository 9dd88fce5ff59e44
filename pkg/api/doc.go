// Package api asks Konstantly for the last event of a type.
//
// A [Client] keeps within the rate limit that the API states in its answers, so
// any number of goroutines may share one; it tries again where that can help,
// and it says with a typed error what went wrong: [NoEventError], [KeyError],
// [RateLimitError], [RemoteError], [RedirectError], [ContentError], and
// [ConfigError] for options that cannot work.
//
// The API key goes to the host of the base URL and nowhere else: redirects are
// not followed, and neither an error nor a trace shows it, not even where the
// server sent it back.
//
// What is known of the API is in the vendor's documentation, docs.konstantly.com,
// sections "Webhooks" and "Introduction". It serves the last event of each type
// of the last 30 days, and is meant for tests rather than for monitoring.
package api
