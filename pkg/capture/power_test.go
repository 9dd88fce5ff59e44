package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/konhook/konhook/pkg/event"
)

// TestPowerCuts cuts the power of a machine, whose disk fails now and then, again
// and again under appenders.
// Whatever was acknowledged is in the file afterwards, and what the next opening
// does not tell of as damaged can be read.
func TestPowerCuts(t *testing.T) {
	const files, cuts = 20, 10
	acked, torn, damaged := 0, 0, 0
	for n := range files {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			m := &machine{random: rand.New(rand.NewPCG(1, uint64(n))), disk: []byte(line("first")), flaky: true}
			safe := map[string]bool{"first": true}
			for cut := range cuts {
				m.run(t, cut, safe)
				r := m.verify(t, safe)
				torn, damaged = torn+min(1, int(r.Torn)), damaged+min(1, r.Damaged)
			}
			acked += len(safe)
		})
	}
	if torn == 0 || acked < files*cuts {
		t.Errorf("%d acknowledged, %d torn: nothing was tried", acked, torn)
	}
	t.Logf("%d power cuts, %d acknowledged, %d files were torn, %d damaged", files*cuts, acked, torn, damaged)
}

// run starts the machine with what its disk holds, has it append until the power
// is cut, and notes what was acknowledged.
func (m *machine) run(t *testing.T, run int, safe map[string]bool) {
	t.Helper()
	path := put(t, string(m.disk))
	m.pending, m.crashed, m.left = nil, nil, 1+m.random.IntN(40)
	f, err := openOn(path, Options{Sync: true}, m.wrap)
	for err != nil && !m.isOff() {
		f, err = openOn(path, Options{Sync: true}, m.wrap)
	}
	if err == nil {
		var (
			all sync.WaitGroup
			mu  sync.Mutex
		)
		for g := range 6 {
			all.Go(func() {
				for i := 0; !m.isOff(); i++ {
					ids, err := appendSome(f, fmt.Sprintf("%d-%d-%d", run, g, i), 1+i%5, i*(g+1)*97%2500)
					if err != nil {
						continue
					}
					mu.Lock()
					for _, id := range ids {
						safe[id] = true
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
		f.Close()
	}
	m.disk = m.crashed
}

// appendSome appends n deliveries that most often share a write.
func appendSome(f *File, name string, n, size int) (ids []string, err error) {
	var all []*Pending
	for i := range n {
		d := delivery(fmt.Sprint(name, "-", i))
		d.Body = bytes.Repeat([]byte("x"), size)
		ids, all = append(ids, d.ID), append(all, f.Queue(d))
	}
	for _, p := range all {
		err = errors.Join(err, p.Wait())
	}
	return ids, err
}

// verify opens what a power cut has left.
func (m *machine) verify(t *testing.T, safe map[string]bool) Repairs {
	t.Helper()
	path := put(t, string(m.disk))
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	appendAll(t, f, "last")
	found, broken := readable(t, path)
	if broken != f.Repairs().Damaged || !found["last"] {
		t.Errorf("%d lines cannot be read; told %+v", broken, f.Repairs())
	}
	for id := range safe {
		if !found[id] {
			t.Errorf("%s was acknowledged and is lost", id)
		}
	}
	return f.Repairs()
}

// readable returns the deliveries of a file, and how many lines hold none.
func readable(t *testing.T, path string) (found map[string]bool, broken int) {
	t.Helper()
	found = map[string]bool{}
	for l := range strings.Lines(text(t, path)) {
		if d, err := event.ParseDelivery([]byte(l)); err != nil || !strings.HasSuffix(l, "\n") {
			broken++
		} else {
			found[d.ID] = true
		}
	}
	return found, broken
}

// TestDiskFails has a disk fail in all ways for a while, again and again. As long
// as it does nothing is acknowledged; as soon as it does not everything is.
func TestDiskFails(t *testing.T) {
	faults := []fault{
		{write: syscall.ENOSPC}, {write: syscall.EIO}, {write: syscall.ENOSPC, truncate: syscall.EIO},
		{sync: syscall.EIO}, {sync: syscall.ENOSPC, truncate: syscall.EIO}, {write: syscall.EIO, sync: syscall.EIO, truncate: syscall.EIO},
	}
	for _, synced := range []bool{false, true} {
		t.Run(fmt.Sprint("sync: ", synced), func(t *testing.T) {
			m := &machine{random: rand.New(rand.NewPCG(2, 0)), left: -1}
			path := filepath.Join(t.TempDir(), "x.ndjson")
			f, err := openOn(path, Options{Sync: synced}, m.wrap)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			safe := map[string]bool{}
			for i := range 60 {
				m.fault = faults[m.random.IntN(len(faults))]
				if want := m.fault.write; want != nil || synced {
					if want == nil {
						want = m.fault.sync
					}
					for id, err := range appendMany(f, fmt.Sprint("bad", i)) {
						if in, ok := errors.AsType[*fs.PathError](err); !ok || in.Path != path {
							t.Fatalf("%s: got %v; want %v", id, err, want)
						}
					}
				}
				m.fault = fault{}
				for id, err := range appendMany(f, fmt.Sprint("good", i)) {
					if err != nil {
						t.Fatalf("%s: the disk is well again, and still %v", id, err)
					}
					safe[id] = true
				}
			}
			wantExactly(t, path, safe)
			if synced { // what a power cut leaves for sure
				wantExactly(t, put(t, string(m.disk)), safe)
			}
		})
	}
}

// appendMany appends from several goroutines.
func appendMany(f *File, name string) map[string]error {
	var (
		all  sync.WaitGroup
		mu   sync.Mutex
		errs = map[string]error{}
	)
	for g := range 4 {
		all.Go(func() {
			for i := range 5 {
				d := delivery(fmt.Sprintf("%s-%d-%d", name, g, i))
				err := f.Append(d)
				mu.Lock()
				errs[d.ID] = err
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return errs
}

// wantExactly wants the deliveries in a file and nothing else, no part of a line
// either.
func wantExactly(t *testing.T, path string, want map[string]bool) {
	t.Helper()
	found, broken := readable(t, path)
	if broken > 0 || len(found) != len(want) {
		t.Errorf("%d lines cannot be read, %d can; want 0 and %d", broken, len(found), len(want))
	}
	for id := range want {
		if !found[id] {
			t.Errorf("%s is lost", id)
		}
	}
}

// TestSyncFails looks closely at one sync that fails: all that shared it are told,
// and the descriptor is not asked again.
func TestSyncFails(t *testing.T) {
	m := &machine{random: rand.New(rand.NewPCG(3, 0)), left: -1}
	path := filepath.Join(t.TempDir(), "x.ndjson")
	f, err := openOn(path, Options{Sync: true}, m.wrap)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	appendAll(t, f, "1")
	before := f.journal.file
	m.fault.sync = syscall.EIO
	a, b := f.Queue(delivery("2")), f.Queue(delivery("3"))
	for _, err := range []error{a.Wait(), b.Wait()} {
		if want := path + ": cannot be synced to the disk: "; !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want %s", err, want)
		}
	}
	m.fault.sync = nil
	syncs := m.syncs
	appendAll(t, f, "4")
	if f.journal.file == before {
		t.Error("the file was not opened anew")
	}
	if m.syncs != syncs+2 { // what was cut off, then what is new
		t.Errorf("%d syncs afterwards; want 2", m.syncs-syncs)
	}
	wantIDs(t, path, "1 4")
}

func TestSyncsAreShared(t *testing.T) {
	m := &machine{left: -1}
	f, err := openOn(filepath.Join(t.TempDir(), "new", "x.ndjson"), Options{Sync: true}, m.wrap)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	before := m.syncs
	a, b, c := f.Queue(delivery("1")), f.Queue(delivery("2")), f.Queue(delivery("3"))
	for _, p := range []*Pending{b, a, c} {
		if err := p.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	if before != 1 || m.syncs != before+1 {
		t.Errorf("%d syncs to open, %d for three deliveries; want 1 and 1", before, m.syncs-before)
	}
}

func TestSyncFailsWhenOpening(t *testing.T) {
	m := &machine{left: -1, fault: fault{sync: syscall.EIO}}
	path := put(t, line("1"))
	if f, err := openOn(path, Options{Sync: true}, m.wrap); !errors.Is(err, syscall.EIO) {
		t.Fatalf("got %v, %v", f, err)
	}
	open(t, path) // the lock was given up
	if f, err := OpenWith(os.DevNull, Options{Sync: true}); err == nil {
		f.Close()
		t.Errorf("%s was synced", os.DevNull)
	}
}

func TestExposed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permissions of this kind here")
	}
	for mode, want := range map[fs.FileMode]bool{0o600: false, 0o644: true, 0o640: true, 0o604: true, 0o622: false} {
		path := put(t, line("1"))
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if got := open(t, path).Exposed(); got != want {
			t.Errorf("%v: %t", mode, got)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%v became %v, %v", mode, info.Mode(), err)
		}
	}
	if open(t, filepath.Join(t.TempDir(), "new")).Exposed() {
		t.Error("a new file can be read by others")
	}
}

// A sync that fails when a file is opened has lost what was mended, and whatever
// another program had written. The next opening cannot know: nothing that the system
// shows of the file tells it.
func TestOpeningAfterAFailedSync(t *testing.T) {
	for name, content := range map[string]string{
		"whole but for its line break": strings.TrimSuffix(line("first"), "\n"),
		"whole":                        line("first"),
		"torn":                         line("first") + line("second")[:100],
		"damaged":                      line("first") + "x",
	} {
		for seed := range uint64(50) {
			m := &machine{random: rand.New(rand.NewPCG(3, seed)), left: -1, fault: fault{sync: syscall.EIO}}
			path := put(t, content)
			if seed%2 == 0 {
				m.disk = []byte(content)
			} else { // another program has written it, and nobody has synced it
				m.pending = []change{{data: []byte(content)}}
			}
			if _, err := openOn(path, Options{Sync: true}, m.wrap); err == nil {
				t.Fatal("opened what cannot be synced")
			}
			m.fault = fault{}
			f, err := openOn(path, Options{Sync: true}, m.wrap)
			if err != nil {
				t.Fatal(err)
			}
			safe := map[string]bool{}
			for _, id := range []string{"a", "b"} {
				appendAll(t, f, id)
				safe[id] = true
				if found, _ := readable(t, put(t, string(m.disk))); !found[id] {
					t.Errorf("%s, %d: %s was acknowledged, and the disk has %q", name, seed, id, m.disk)
				}
			}
			f.Close()
			if found, _ := readable(t, path); !found["first"] || !found["a"] || !found["b"] {
				t.Errorf("%s, %d: the file holds %v", name, seed, found)
			}
		}
	}
}
