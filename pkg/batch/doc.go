// Package batch checks all that some sources hold against a schema: in parallel,
// in bounded memory, and told in the order of the input.
//
// Most lines of most files are valid. Blocks of whole lines are shared among
// workers, which ask [schema.Quick] first and the whole [schema.Validator] only
// about what that is not sure of. What is not one document a line (an indented
// document, an array of events) is read one after the other from there to the
// end of its file, as package event reads it.
//
// It is for many events. Whoever has one asks the validator.
package batch
