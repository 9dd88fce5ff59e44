package atomicfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// The permissions of what is written for its owner alone.
const (
	FilePerm   fs.FileMode = 0o600
	FolderPerm fs.FileMode = 0o700
)

// Folder is a folder that files are written into and that is never left,
// whatever they are to be called. Its methods may be called concurrently.
type Folder struct {
	root *os.Root
	sync bool
}

// FolderOptions are for [OpenFolderWith]. The zero value is ready for use.
type FolderOptions struct {
	// Sync makes it an error when the name of a file could not be brought to the
	// disk. The content always is, and the name where that can be done.
	Sync bool
}

// OpenFolder opens a folder, and makes it and those above it where they are
// missing, for their owner alone.
func OpenFolder(path string) (*Folder, error) { return OpenFolderWith(path, FolderOptions{}) }

// OpenFolderWith is [OpenFolder] with options.
func OpenFolderWith(path string, o FolderOptions) (*Folder, error) {
	if err := o.mkdir(path); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &Folder{root, o.Sync}, nil
}

func (o FolderOptions) mkdir(path string) error {
	if o.Sync {
		return MakeFolder(path)
	}
	return os.MkdirAll(path, FolderPerm)
}

// Put writes a file, for its owner alone, in the place of the one that has the
// name, and returns its path. The name is made legal with [SafeName].
func (d *Folder) Put(name string, data []byte) (path string, err error) {
	name = SafeName(name)
	path = filepath.Join(d.root.Name(), name)
	return path, named(path, writeIn(d.root, name, data, FilePerm, d.sync))
}

// Add is [Folder.Put] for a file that replaces none: the error wraps
// [fs.ErrExist] when the name is taken.
func (d *Folder) Add(name string, data []byte) (path string, err error) {
	name = SafeName(name)
	path = filepath.Join(d.root.Name(), name)
	return path, named(path, createFrom(d.root, name, bytes.NewReader(data), FilePerm, d.sync))
}

// Update is [Folder.Put] for a file that may hold data already: it is left as it
// is then, and changed is false.
func (d *Folder) Update(name string, data []byte) (path string, changed bool, err error) {
	path = filepath.Join(d.root.Name(), SafeName(name))
	if there, err := d.Get(name, int64(len(data))); err == nil && bytes.Equal(there, data) {
		return path, false, nil
	}
	path, err = d.Put(name, data)
	return path, true, err
}

// Get reads a file of at most so many bytes that [Folder.Put] may have written.
// The error wraps [ErrNotRegular] for what is no file, among that a symbolic
// link, and [ErrTooLarge].
func (d *Folder) Get(name string, most int64) ([]byte, error) {
	name = SafeName(name)
	fail := func(err error) ([]byte, error) {
		return nil, &fs.PathError{Op: "read", Path: filepath.Join(d.root.Name(), name), Err: bare(err)}
	}
	info, err := d.root.Lstat(name)
	switch {
	case err != nil:
		return fail(err)
	case !info.Mode().IsRegular():
		return fail(ErrNotRegular)
	case info.Size() > most:
		return fail(ErrTooLarge)
	}
	data, err := d.root.ReadFile(name)
	if err != nil {
		return fail(err)
	}
	return data, nil
}

// Private returns an error that wraps [ErrShared] when others than the owner can
// write into the folder. Windows does not tell.
func (d *Folder) Private() error {
	info, err := d.root.Stat(".")
	if err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0 {
		err = ErrShared
	}
	if err != nil {
		return &fs.PathError{Op: "open", Path: d.root.Name(), Err: bare(err)}
	}
	return nil
}

// Close gives the folder up.
func (d *Folder) Close() error { return d.root.Close() }

const (
	maxName    = 128 // bytes; most file systems take 255
	maxExt     = 16
	hashLength = 12 // hexadecimal digits
)

// SafeName makes a name for a file out of any text: at most 128 bytes that are
// legal on every system, no hidden file, no device of Windows and no folder.
//
// A text of a-z, 0-9, '-', '_' and '.' that is such a name stays as it is. Of
// any other the rest is left out, and '~' with a hash of the text is put in
// front of the extension, so that two texts do not become one name, not even
// where the system ignores the case of letters.
func SafeName(text string) string {
	if isSafe(text) {
		return text
	}
	ext := filepath.Ext(text)
	if len(ext) < 2 || len(ext) > maxExt || ext != plain(ext) {
		ext = ""
	}
	stem := strings.Trim(plain(strings.TrimSuffix(text, ext)), ".-_")
	stem = stem[:min(len(stem), maxName-hashLength-maxExt-len("x-~"))]
	if isDevice(stem) {
		stem = "x-" + stem
	}
	sum := sha256.Sum256([]byte(text))
	return stem + "~" + hex.EncodeToString(sum[:])[:hashLength] + ext
}

func isSafe(name string) bool {
	return name != "" && len(name) <= maxName && name == plain(name) &&
		name[0] != '.' && name[0] != '-' && !strings.HasSuffix(name, ".") && !isDevice(name)
}

// plain returns text in lower case with '-' for each run of what has no place
// in a safe name.
func plain(text string) string {
	var b strings.Builder
	gap := false
	for _, r := range text {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_.", r) {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

// isDevice reports whether Windows takes a name for one of a device, which it
// does whatever comes behind the first dot. Source: "Naming Files, Paths, and
// Namespaces" in the documentation of the Windows API.
func isDevice(name string) bool {
	name, _, _ = strings.Cut(name, ".")
	switch name {
	case "con", "prn", "aux", "nul", "conin", "conout", "clock":
		return true
	}
	port := strings.HasPrefix(name, "com") || strings.HasPrefix(name, "lpt")
	return port && len(name) == 4 && '0' <= name[3] && name[3] <= '9'
}
