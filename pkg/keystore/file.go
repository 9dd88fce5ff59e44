package keystore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/konhook/konhook/pkg/atomicfile"
)

// The permissions of the file and of its folder.
const (
	filePerm   = 0o600
	folderPerm = 0o700
)

// maxFile is more bytes than anybody has keys.
const maxFile = 1 << 20

// UnsafeError says that a file with keys is not read: others may change it, or
// it is none of ours.
type UnsafeError struct {
	File    string
	Reason  string
	Writers bool // others may write it
}

func (e *UnsafeError) Error() string { return e.File + ": " + e.Reason }

// privateFile is the path of a file of keys, empty for none.
type privateFile string

// contents is what such a file holds, as JSON.
type contents struct {
	Konhook int               `json:"konhook"` // the version of the format
	Keys    map[string]string `json:"keys"`    // by account
}

const formatVersion = 1

func (f privateFile) get(account string) (string, error) {
	c, err := f.read()
	if err != nil {
		return "", err
	}
	key, ok := c.Keys[account]
	if !ok {
		return "", ErrNotFound
	}
	return key, nil
}

// read returns what the file holds, nothing when it is not there.
func (f privateFile) read() (c contents, err error) {
	if f == "" {
		return c, nil
	}
	file, err := os.Open(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return c, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0 {
		return c, &UnsafeError{string(f), "holds API keys, and others may write it", true}
	}
	text, err := io.ReadAll(io.LimitReader(file, maxFile))
	if err != nil {
		return c, err
	}
	// The error may quote the text, which holds keys.
	if json.Unmarshal(text, &c) != nil || c.Konhook != formatVersion {
		return contents{}, &UnsafeError{string(f), fmt.Sprintf("is no file of keys in format %d", formatVersion), false}
	}
	return c, nil
}

func (f privateFile) set(account, key string) error {
	c, err := f.read()
	if err != nil {
		return err
	}
	if c.Keys == nil {
		c.Keys = map[string]string{}
	}
	c.Keys[account] = key
	return f.write(c)
}

// remove removes a key, and the file with the last one.
func (f privateFile) remove(account string) error {
	c, err := f.read()
	if err != nil {
		return err
	}
	if _, ok := c.Keys[account]; !ok {
		return ErrNotFound
	}
	delete(c.Keys, account)
	if len(c.Keys) == 0 {
		return os.Remove(string(f))
	}
	return f.write(c)
}

// write replaces the file, whole or not at all.
func (f privateFile) write(c contents) error {
	c.Konhook = formatVersion
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(c); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(string(f)), folderPerm); err != nil {
		return err
	}
	return atomicfile.Write(string(f), text.Bytes(), filePerm)
}
