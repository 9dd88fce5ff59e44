// Package render makes text for people: it keeps what comes from outside from
// driving a terminal, and gives what is shown its look.
//
// Everything that konhook did not write itself (payloads, headers, file names,
// messages of servers) goes through [Clean] or [CleanLine] on its way to a
// terminal or into text, JSON through [JSON], [Compact] or [Safe]. What then
// reaches a terminal holds no control character but newline and tab, no format
// character, line or paragraph separator, surrogate, private-use or unassigned
// code point and no byte that is not UTF-8: they show as escapes. Colours are
// put on afterwards, by a [Palette].
//
// [Minify] is for machines and cleans nothing. The package writes nowhere and
// looks at no terminal: whoever owns a stream decides on its colours.
package render
