package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
)

func TestAppendIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "x.ndjson")
	f := open(t, path)
	valid := true
	want := delivery("1")
	want.Headers = []event.Header{{Name: "x-B", Value: "1"}, {Name: "X-a", Value: "2"}, {Name: "x-B", Value: "3"}}
	want.Body, want.Valid = []byte("\xff\x00"), &valid
	if err := f.Append(want); err != nil {
		t.Fatal(err)
	}
	got, err := event.ParseDelivery([]byte(text(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permissions of this kind here")
	}
	path := filepath.Join(t.TempDir(), "a", "x.ndjson")
	open(t, path)
	for name, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700, path + holderSuffix: 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
}

func TestAppendGoesOnAtTheEnd(t *testing.T) {
	path := put(t, "")
	for _, name := range []string{"1", "2", "3"} {
		f := open(t, path)
		appendAll(t, f, name)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	wantIDs(t, path, "1 2 3")
}

func TestAppendAfterClose(t *testing.T) {
	f := open(t, put(t, ""))
	f.Close()
	if err := f.Append(delivery("1")); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("got %v; want fs.ErrClosed", err)
	}
	if err := f.Close(); err != nil {
		t.Errorf("the second Close gives %v", err)
	}
}

func TestQueueKeepsOrderAndSharesWrites(t *testing.T) {
	path := put(t, "")
	f := open(t, path)
	disk := &countingDisk{disk: f.journal.file}
	f.journal.file = disk
	const n = 500
	var (
		order sync.Mutex
		want  []string
		all   sync.WaitGroup
	)
	for i := range n {
		all.Go(func() {
			order.Lock()
			name := fmt.Sprint(i)
			want = append(want, name)
			p := f.Queue(delivery(name))
			order.Unlock()
			if err := p.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	wantIDs(t, path, strings.Join(want, " "))
	if disk.writes > n {
		t.Errorf("%d writes for %d deliveries", disk.writes, n)
	}
}

func TestOneWriteForAllThatWait(t *testing.T) {
	path := put(t, "")
	f := open(t, path)
	disk := &countingDisk{disk: f.journal.file}
	f.journal.file = disk
	a, b, c := f.Queue(delivery("1")), f.Queue(delivery("2")), f.Queue(delivery("3"))
	for _, p := range []*Pending{c, a, b} {
		if err := p.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	wantIDs(t, path, "1 2 3")
	if disk.writes != 1 {
		t.Errorf("%d writes; want 1", disk.writes)
	}
}

// countingDisk counts the writes.
type countingDisk struct {
	disk
	writes int
}

func (d *countingDisk) WriteAt(b []byte, at int64) (int, error) {
	d.writes++
	return d.disk.WriteAt(b, at)
}

// fullDisk has room for so many bytes more.
type fullDisk struct {
	disk
	room       int
	noTruncate bool
}

var errFull = errors.New("no space left")

func (d *fullDisk) WriteAt(b []byte, at int64) (int, error) {
	if len(b) <= d.room {
		d.room -= len(b)
		return d.disk.WriteAt(b, at)
	}
	n, err := d.disk.WriteAt(b[:d.room], at)
	if err == nil {
		err = errFull
	}
	return n, err
}

func (d *fullDisk) Truncate(size int64) error {
	if d.noTruncate {
		return errFull
	}
	return d.disk.Truncate(size)
}

func TestFullDisk(t *testing.T) {
	for _, noTruncate := range []bool{false, true} {
		t.Run(fmt.Sprint("truncation fails: ", noTruncate), func(t *testing.T) {
			path := put(t, "")
			f := open(t, path)
			appendAll(t, f, "1")
			disk := &fullDisk{disk: f.journal.file, room: 10, noTruncate: noTruncate}
			f.journal.file = disk

			// Every one of a batch is told, and the next ones fail too.
			a, b := f.Queue(delivery("2")), f.Queue(delivery("3"))
			for _, err := range []error{a.Wait(), b.Wait(), f.Append(delivery("4"))} {
				var in *fs.PathError
				if !errors.Is(err, errFull) || !errors.As(err, &in) || in.Path != path {
					t.Errorf("got %v; want the error of the disk and the path", err)
				}
			}
			if torn := text(t, path) != line("1"); torn != noTruncate {
				t.Errorf("the file holds %q", text(t, path))
			}
			disk.room, disk.noTruncate = 1<<20, false
			appendAll(t, f, "5")
			if got, want := text(t, path), line("1")+line("5"); got != want {
				t.Errorf("the file holds\n%swant\n%s", got, want)
			}
		})
	}
}

func TestFileThatWasTakenAway(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file can be neither moved nor removed here")
	}
	tests := []struct {
		name string
		do   func(path string) error
		want string
	}{
		{"removed", os.Remove, "2"},
		{"moved", func(p string) error { return os.Rename(p, p+".old") }, "2"},
		{"its folder removed", func(p string) error { return os.RemoveAll(filepath.Dir(p)) }, "2"},
		{"emptied", func(p string) error { return os.Truncate(p, 0) }, "2"},
		{"cut", func(p string) error { return os.Truncate(p, 30) }, "2"},
		{"appended to by somebody else", func(p string) error {
			return os.WriteFile(p, []byte(line("1")+line("other")+line("torn")[:40]), 0o600)
		}, "1 other 2"},
		{"replaced", func(p string) error {
			if err := os.Remove(p); err != nil {
				return err
			}
			return os.WriteFile(p, []byte(line("new")), 0o600)
		}, "new 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "folder", "x.ndjson")
			f := open(t, path)
			appendAll(t, f, "1")
			if err := tt.do(path); err != nil {
				t.Fatal(err)
			}
			appendAll(t, f, "2")
			wantIDs(t, path, tt.want)
		})
	}
}

func TestNothingIsWrittenWhileThePlaceIsTaken(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be removed here")
	}
	path := put(t, "")
	f := open(t, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := f.Append(delivery("1")); err == nil {
			t.Fatal("no error")
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	appendAll(t, f, "2")
	wantIDs(t, path, "2")
}
