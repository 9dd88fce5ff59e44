// Package keystore keeps API keys between runs of a program: in the keyring of
// the operating system (the Secret Service of Linux and the BSDs, the Keychain of
// macOS, the Credential Manager of Windows), or, where there is none, in a file
// that only its owner may read.
//
// A key is kept for an account, which is the host that the key is for: whoever
// asks for the key of another host does not get it.
//
// A keyring may wait for a person to unlock it, or for a service that has died.
// So whatever is asked of it is given up after [Options].Timeout, and any failure
// of it means that there is none.
//
// It is for programs that people run. A server gets its key from its environment.
package keystore
