package atomicfile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestWriteReplacesWholeFileWithItsPermissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte("old and much longer than the new one"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "new")
	if info, err := os.Lstat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	wantNames(t, filepath.Dir(path), "config.yaml")
}

func TestWriteReplacesLinkAndLeavesItsTarget(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if err := Write(link, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantFile(t, target, "precious")
	wantFile(t, link, "new")
	if info, _ := os.Lstat(link); !info.Mode().IsRegular() {
		t.Errorf("%v is left at the place of the link", info.Mode())
	}
}

func TestWriteRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, path string
		want       error
	}{
		{"a folder", filepath.Join(dir, "folder"), ErrNotRegular},
		{"no name", "", ErrNotRegular},
		{"the device of the system", os.DevNull, ErrNotRegular},
		{"a missing folder", filepath.Join(dir, "none", "x"), fs.ErrNotExist},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && tt.path == os.DevNull {
				t.Skip("NUL is in no folder here")
			}
			err := Write(tt.path, []byte("x"), 0o600)
			var in *fs.PathError
			if !errors.Is(err, tt.want) || !errors.As(err, &in) || in.Path != tt.path {
				t.Errorf("Write(%q) = %v; want a path error that wraps %v", tt.path, err, tt.want)
			}
		})
	}
	wantNames(t, dir, "folder")
}

func TestWriteInStaysInFolder(t *testing.T) {
	dir := t.TempDir()
	inside := filepath.Join(dir, "inside")
	if err := os.Mkdir(inside, 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(inside)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, name := range []string{"../out", "/out", "a/../../out", ".."} {
		if WriteIn(root, name, nil, 0o600) == nil || CreateIn(root, name, nil, 0o600) == nil {
			t.Errorf("a file %q was written", name)
		}
	}
	wantNames(t, dir, "inside")
	wantNames(t, inside)
}

func TestCreateInKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := CreateIn(root, "x.json", []byte("first"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := CreateIn(root, "x.json", []byte("second"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the second write gives %v; want fs.ErrExist", err)
	}
	wantFile(t, filepath.Join(dir, "x.json"), "first")
	wantNames(t, dir, "x.json")
}

func TestFullDiskLeavesOldFile(t *testing.T) {
	// A limit on the size of files stands in for the full disk.
	if os.Getenv("ATOMICFILE_PATH") != "" {
		err := Write(os.Getenv("ATOMICFILE_PATH"), bytes.Repeat([]byte("x"), 1<<20), 0o600)
		if err == nil {
			t.Fatal("no error")
		}
		return
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell that could limit the size of a file")
	}
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), shell, "-c", `trap "" XFSZ; ulimit -f 4; exec "$0" -test.run='^TestFullDiskLeavesOldFile$'`, os.Args[0])
	cmd.Env = append(os.Environ(), "ATOMICFILE_PATH="+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	wantFile(t, path, "old")
	wantNames(t, filepath.Dir(path), "x")
}

// TestKilledWriterLeavesOldOrNew kills a process that does nothing but write.
func TestKilledWriterLeavesOldOrNew(t *testing.T) {
	if path := os.Getenv("ATOMICFILE_LOOP"); path != "" {
		for {
			for _, c := range "ab" {
				if err := Write(path, bytes.Repeat([]byte(string(c)), 300_000), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	path := filepath.Join(t.TempDir(), "x")
	for i := range 10 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledWriterLeavesOldOrNew$")
		cmd.Env = append(os.Environ(), "ATOMICFILE_LOOP="+path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for tick := time.Tick(time.Millisecond); ; <-tick {
			if _, err := os.Stat(path); err == nil || t.Context().Err() != nil {
				break
			}
		}
		<-time.After(time.Duration(i) * 700 * time.Microsecond) // another point of the loop each time
		cmd.Process.Kill()
		cmd.Wait()
		got, err := os.ReadFile(path)
		if err != nil || len(got) != 300_000 || strings.Trim(string(got), string(got[:1])) != "" {
			t.Fatalf("kill %d left %d bytes, %v", i, len(got), err)
		}
	}
}

func wantFile(t *testing.T, path, want string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", path, got, err, want)
	}
}

func wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the folder holds %q; want %q", got, want)
	}
}
