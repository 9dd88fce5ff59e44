package capture

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/konhook/konhook/pkg/atomicfile"
)

// setAside copies lines of a file to a new file beside it, PATH.damaged-1 or the
// next number that is free, and returns its path. The same lines are copied once
// only, however often the file is opened.
func setAside(path string, file io.ReaderAt, lines []span) (string, error) {
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	defer func() { _ = root.Close() }() // it was only read
	sum, err := sumOf(joined(file, lines))
	if err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		aside := fmt.Sprintf("%s.damaged-%d", path, n)
		name := filepath.Base(aside)
		if there, err := root.Open(name); err == nil {
			has, err := sumOf(there)
			there.Close()
			if err == nil && bytes.Equal(has, sum) {
				return aside, nil
			}
			continue
		}
		err := atomicfile.CreateFrom(root, name, joined(file, lines), atomicfile.FilePerm)
		if !errors.Is(err, fs.ErrExist) {
			return aside, err
		}
	}
}

// joined reads lines of a file one after the other, with a line break behind
// each.
func joined(file io.ReaderAt, lines []span) io.Reader {
	var readers []io.Reader
	for _, l := range lines {
		readers = append(readers, io.NewSectionReader(file, l.from, l.to-l.from), strings.NewReader("\n"))
	}
	return io.MultiReader(readers...)
}

func sumOf(r io.Reader) ([]byte, error) {
	h := sha256.New()
	_, err := io.Copy(h, r)
	return h.Sum(nil), err
}
