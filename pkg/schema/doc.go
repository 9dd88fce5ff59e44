// Package schema says whether the payload of a webhook is what Konstantly
// documents, and if not, where it is wrong, what was expected there and what
// was found.
//
// [NewValidator] makes a [Validator] of the built-in schemas, one for each
// event type, or of a schema of one's own, compiled by [CompileFile]. Its Check
// returns findings: errors, which make an event invalid, and notes, which are
// worth knowing. [Document] prints a built-in schema for use elsewhere.
//
// # What the built-in schemas accept
//
// They follow the vendor's documentation (docs.konstantly.com, sections
// "Webhooks" and "Users"), which calls itself a beta. Where it contradicts
// itself both readings pass: a role is an object or a string, userAttributes an
// array or an object and also called attributes. Where it is silent nothing is
// made up: languages are no closed list, progressValue and resultValue may have
// fractions, and the insides of images and course elements are anybody's guess.
// Fields that nobody documents are notes, and errors with [Options.Strict].
//
// # What is bounded
//
// Whatever the payload and whatever the schema, a check ends soon, in bounded
// memory and with findings of bounded size: payloads may have 10,000 levels and
// 4 million values, numbers a thousand digits and an exponent of 400, and a
// schema whose alternatives multiply is refused when it is compiled. What goes
// beyond that is a finding with the keyword "limit", never a guess.
//
// "format" asserts nothing, whatever the draft: draft 2020-12 asks for that and
// the earlier ones allow it. Regular expressions are those of package regexp,
// which take linear time and cannot look ahead or behind.
package schema
