package event

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/bmatcuk/doublestar/v4"
)

// Stdin is the source, and the file of a [Place], that stands for standard
// input.
const Stdin = "-"

// suffixes are the endings of the files that a folder is read for.
var suffixes = [...]string{".json", ".ndjson", ".jsonl"}

// Expand returns the files that sources stand for, in the order they are read:
// a file or [Stdin] for itself, a folder for every *.json, *.ndjson and *.jsonl
// below it, plain or with .gz, in the order of their names and without hidden
// ones, a glob for what it matches, folders among it included unless it has a **,
// which looks into them itself. A folder that holds nothing of the kind
// stands for no file.
//
// What does not exist is an [*fs.PathError] that wraps [fs.ErrNotExist]. Of
// several errors all are returned, joined, together with the files that were
// found.
func Expand(sources []string) (files []string, err error) {
	var wrong []error
	for _, source := range sources {
		found, err := expand(source)
		files = append(files, found...)
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	return files, errors.Join(wrong...)
}

func expand(source string) ([]string, error) {
	if source == Stdin {
		return []string{source}, nil
	}
	info, err := os.Stat(source)
	switch {
	case err == nil && info.IsDir():
		return below(source)
	case err == nil:
		return []string{source}, nil
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(source, "*?[{"):
		return glob(source)
	default:
		return nil, err
	}
}

// below lists the event files of a folder.
//
// What cannot be looked into keeps nothing else from being listed.
func below(folder string) (files []string, err error) {
	var wrong []error
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			wrong = append(wrong, err)
			return nil
		}
		hidden := path != folder && strings.HasPrefix(entry.Name(), ".")
		switch {
		case hidden && entry.IsDir():
			return filepath.SkipDir
		case !hidden && !entry.IsDir() && holdsEvents(entry.Name()):
			files = append(files, path)
		}
		return nil
	})
	slices.Sort(files)
	return files, errors.Join(append(wrong, err)...)
}

func holdsEvents(name string) bool {
	name = strings.TrimSuffix(name, ".gz")
	return slices.ContainsFunc(suffixes[:], func(s string) bool { return strings.HasSuffix(name, s) })
}

func glob(pattern string) ([]string, error) {
	options := []doublestar.GlobOption{doublestar.WithNoHidden()}
	if strings.Contains(pattern, "**") { // it matches what is in the folders as well
		options = append(options, doublestar.WithFilesOnly())
	}
	matches, err := doublestar.FilepathGlob(pattern, options...)
	if err == nil && len(matches) == 0 {
		err = noMatchError{}
	}
	if err != nil {
		return nil, &fs.PathError{Op: "glob", Path: pattern, Err: err}
	}
	slices.Sort(matches)
	return withFolders(matches)
}

// withFolders puts what folders stand for in their place.
func withFolders(names []string) (files []string, err error) {
	var wrong []error
	for _, name := range names {
		found := []string{name}
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			found, err = below(name)
			wrong = append(wrong, err)
		}
		files = append(files, found...)
	}
	return files, errors.Join(wrong...)
}

// noMatchError says that a glob matches nothing. It is an [fs.ErrNotExist].
type noMatchError struct{}

func (noMatchError) Error() string        { return "no file matches" }
func (noMatchError) Is(target error) bool { return target == fs.ErrNotExist }

// open opens one of the files of Expand. A read of what may have nothing to give
// for a while gives up when ctx is done.
func open(ctx context.Context, name string, stdin io.Reader) (io.ReadCloser, error) {
	switch {
	case name == Stdin && stdin == nil:
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("no standard input: %w", fs.ErrInvalid)}
	case name == Stdin:
		return io.NopCloser(interruptible(ctx, stdin)), nil
	}
	if info, err := os.Stat(name); err != nil || info.Mode().IsRegular() || info.IsDir() {
		return os.Open(name)
	}
	pipe := &lateFile{name: name}
	return &opened{interruptible(ctx, pipe), pipe}, nil
}

// lateFile is a file that is opened by the first read of it: even to open a
// named pipe takes until somebody writes to it.
type lateFile struct {
	name string

	mu     sync.Mutex
	file   *os.File
	closed bool
}

func (l *lateFile) Read(p []byte) (int, error) {
	if l.file == nil { // which Close does not change
		file, err := os.Open(l.name)
		if err != nil {
			return 0, errors.Unwrap(err) // the reader says of which file it is
		}
		l.keep(file)
	}
	return l.file.Read(p)
}

// keep closes a file that came too late.
func (l *lateFile) keep(file *os.File) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.file = file
	if l.closed {
		_ = file.Close() // it was not even read
	}
}

func (l *lateFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
