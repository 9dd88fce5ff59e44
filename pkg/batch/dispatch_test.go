package batch

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestLinesOfAllLengths reads, after one another, files whose lines are shorter
// and longer than the first buffer, than half of it, and than a block.
func TestLinesOfAllLengths(t *testing.T) {
	folder := t.TempDir()
	var files []string
	want := 0
	for i, length := range []int{100, firstSize / 2, 100, firstSize - 1, 300, firstSize + 1, 100 << 10, 100 << 10, blockSize - 1, blockSize, 3 * blockSize, 300} {
		line := fmt.Sprintf(`{"type":%q}`+"\n", strings.Repeat("x", length-len(`{"type":""}`)-1))
		count := 3 + 2*blockSize/length
		if i%2 == 1 { // the file ends inside its first block, or just behind it
			count = 2 + blockSize/2/length
		}
		want += count
		name := filepath.Join(folder, fmt.Sprintf("%02d.ndjson", i))
		if err := os.WriteFile(name, []byte(strings.TrimSuffix(strings.Repeat(line, count), "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, name)
	}
	got, lines := 0, map[int]bool{}
	err := Run(context.Background(), files, Options{Validator: validator(t), Jobs: 2}, func(p *Part) bool {
		got += p.Documents
		for _, item := range p.Items {
			if item.Finding != nil && p.File == files[6] {
				lines[item.Finding.Line] = true
			}
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("%d documents were read, want %d", got, want)
	}
	if n := 3 + 2*blockSize/(100<<10); len(lines) != n || !lines[1] || !lines[n] {
		t.Errorf("findings on lines %v, want 1 to %d", lines, n)
	}
}

// TestBlockBehindLongLine carries over more than the first buffer holds, as it
// comes out of a larger one that was used before.
func TestBlockBehindLongLine(t *testing.T) {
	d := &dispatcher{buffers: sync.Pool{New: func() any { return new([]byte) }}}
	s := &source{room: firstSize, reader: io.NopCloser(strings.NewReader("b\n"))}
	j := d.block(s, bytes.Repeat([]byte("a"), 2*firstSize))
	if len(j.data) != 2*firstSize+2 || j.ends || j.left {
		t.Errorf("a block of %d bytes, ends %v, left %v", len(j.data), j.ends, j.left)
	}
}

// TestShortLinesMakeSmallParts reads lines that each have more to tell than they
// are long: of few of them at a time is all of that in memory.
func TestShortLinesMakeSmallParts(t *testing.T) {
	name := filepath.Join(t.TempDir(), "short.ndjson")
	const lines = 2 * blockSize / len("{}\n")
	if err := os.WriteFile(name, bytes.Repeat([]byte("{}\n"), lines), 0o600); err != nil {
		t.Fatal(err)
	}
	most, all := 0, 0
	err := Run(context.Background(), []string{name}, Options{Validator: validator(t), Jobs: 2}, func(p *Part) bool {
		most = max(most, len(p.Items))
		all += p.Documents
		return all < 50_000 // which is enough to know
	})
	if err != nil {
		t.Fatal(err)
	}
	if limit := 4 * firstSize / len("{}\n"); most > limit {
		t.Errorf("%d findings at a time, want %d at most", most, limit)
	}
}
