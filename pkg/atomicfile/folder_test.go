package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// hostile are names that somebody else chose, each to do harm somewhere.
var hostile = []string{
	"../escape.json", "../../etc/passwd", "..", ".", "", "/etc/passwd", "/", "//server/share", `\\server\share`,
	`..\escape.json`, `C:\x.json`, "c:x", "a:b", "x.json:stream", "CON", "con.json", "NUL", "nul.tar.gz", "aux",
	"Com1.json", "lpt9", "conin$", "COM\u00b9", "trailing.", "trailing ", " lead", ".hidden", "-rf", "a\x00b", "a\nb",
	"a\x1b[2Jb", "\u202egnp.exe", "\u200b", "bad\xff\xfeutf8", strings.Repeat("long", 200), strings.Repeat("é", 200),
	"Course/Published.json", "course/published.json", "COURSE/PUBLISHED.JSON", "a*b?c.json", `<>|".json`, "~", "~root",
	"x~1.json", "$HOME", "%USERPROFILE%", "a b.json",
}

func TestFolderKeepsHostileNamesInside(t *testing.T) {
	dir := t.TempDir()
	inside := filepath.Join(dir, "a", "b")
	folder, err := OpenFolder(inside)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	for _, name := range hostile {
		path, err := folder.Add(name, []byte(name))
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if filepath.Dir(path) != inside {
			t.Errorf("%q became %q", name, path)
		}
		wantFile(t, path, name)
	}
	wantNames(t, dir, "a")
	wantNames(t, filepath.Join(dir, "a"), "b")
	if entries, _ := os.ReadDir(inside); len(entries) != len(hostile) {
		t.Errorf("%d files of %d names", len(entries), len(hostile))
	}
}

func TestFolderIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permissions of this kind here")
	}
	path := filepath.Join(t.TempDir(), "a", "b")
	folder, err := OpenFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	file, err := folder.Put("x.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{filepath.Dir(path), path} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != FolderPerm {
			t.Errorf("%s: %v, %v", p, info.Mode(), err)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != FilePerm {
		t.Errorf("%s: %v, %v", file, info.Mode(), err)
	}
}

func TestPutReplacesAndAddDoesNot(t *testing.T) {
	dir := t.TempDir()
	folder, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	path, err := folder.Put("x.json", []byte("1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = folder.Put("x.json", []byte("2")); err != nil {
		t.Fatal(err)
	}
	_, err = folder.Add("x.json", []byte("3"))
	var at *fs.PathError
	if !errors.Is(err, fs.ErrExist) || !errors.As(err, &at) || at.Path != path {
		t.Errorf("Add gives %v", err)
	}
	wantFile(t, path, "2")
}

func TestOpenFolderRefusesFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFolder(path); err == nil {
		t.Error("a file was opened as a folder")
	}
}

func TestSafeNameLeavesOrdinaryNames(t *testing.T) {
	for _, name := range []string{"course.published.json", "20261123t201501.123z-user.created-3f9a.json", "a", "0", "group.user.created"} {
		if got := SafeName(name); got != name {
			t.Errorf("SafeName(%q) = %q", name, got)
		}
	}
	for _, tt := range []struct{ text, want string }{
		{"Course/Published.json", `^course-published~[0-9a-f]{12}\.json$`},
		{"../../etc/passwd", `^etc-passwd~[0-9a-f]{12}$`},
		{"con.json", `^x-con~[0-9a-f]{12}\.json$`},
		{"", `^~[0-9a-f]{12}$`},
	} {
		if got := SafeName(tt.text); !regexp.MustCompile(tt.want).MatchString(got) {
			t.Errorf("SafeName(%q) = %q; want %s", tt.text, got, tt.want)
		}
	}
}

// legal is the rule of all systems together, written in another way than
// SafeName is.
var (
	legal  = regexp.MustCompile(`^[a-z0-9_~][a-z0-9._~-]{0,127}$`)
	device = regexp.MustCompile(`^(con|prn|aux|nul|clock|conin|conout|com[0-9]|lpt[0-9])(\..*)?$`)
)

func FuzzSafeName(f *testing.F) {
	for _, name := range hostile {
		f.Add(name, "course.published.json")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := SafeName(a), SafeName(b)
		if !legal.MatchString(x) || device.MatchString(x) || strings.HasSuffix(x, ".") {
			t.Errorf("SafeName(%q) = %q", a, x)
		}
		if (a == b) != (x == y) {
			t.Errorf("%q and %q become %q and %q", a, b, x, y)
		}
	})
}

// TestUpdate leaves a file alone that holds the data already.
func TestUpdate(t *testing.T) {
	dir := t.TempDir()
	folder, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	var before fs.FileInfo
	for i, step := range []struct {
		data    string
		changed bool
	}{{"one", true}, {"one", false}, {"two", true}, {"", true}, {"", false}} {
		path, changed, err := folder.Update("a.json", []byte(step.data))
		if err != nil || changed != step.changed {
			t.Errorf("step %d: changed %t, %v", i, changed, err)
		}
		wantFile(t, path, step.data)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if before != nil && os.SameFile(before, info) == step.changed {
			t.Errorf("step %d: the file was replaced: %t", i, !step.changed)
		}
		before = info
	}
}

func TestGet(t *testing.T) {
	dir := t.TempDir()
	folder, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	path, err := folder.Put("a.json", []byte("123"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	names := map[string]error{"a.json": nil, "missing": fs.ErrNotExist, "folder": ErrNotRegular}
	if os.Symlink(path, filepath.Join(dir, "link")) == nil {
		names["link"] = ErrNotRegular
	}
	for name, want := range names {
		if data, err := folder.Get(name, 3); !errors.Is(err, want) || want == nil && string(data) != "123" {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	if _, err := folder.Get("a.json", 2); !errors.Is(err, ErrTooLarge) {
		t.Errorf("more than asked for: %v", err)
	}
}
