package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

const replayedEvent = `{"occuredAt":1700000000,"type":"User/Created","body":{"user":{"id":"u1","name":"Ann"}}}` + "\n"

// randomBodies makes bodies of any bytes: noise, text with all that JSON escapes,
// and some that nearly are events.
func randomBodies(n int) [][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	const text = "aZ09 \"\\/\b\f\n\r\t\x00\x1b\x7f\u00e4\u2028\ufeff\U0001f600{}[]:,"
	runes := []rune(text)
	bodies := make([][]byte, n)
	for i := range bodies {
		body := make([]byte, random.IntN(1<<random.IntN(12)))
		for j := range body {
			body[j] = byte(random.Uint32())
		}
		switch i % 4 {
		case 1:
			for j := range body {
				body[j] = string(runes[random.IntN(len(runes))])[0]
			}
		case 2:
			var b bytes.Buffer
			for range len(body) {
				b.WriteRune(runes[random.IntN(len(runes))])
			}
			body = b.Bytes()
		case 3:
			body = append([]byte(replayedEvent), body...)
		}
		bodies[i] = body
	}
	return bodies
}

func capturesOf(t *testing.T, name string, bodies [][]byte) {
	t.Helper()
	var text []byte
	for i, body := range bodies {
		d := event.NewDelivery(event.ViaListen, time.Unix(1700000000, int64(i)), body)
		text = append(d.AppendJSON(text), '\n')
	}
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What is in a capture goes through replay, over the wire, through listen and into
// another capture without the change of a byte, and in its order.
func TestAnyBytesArriveAsTheyWere(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from.ndjson"), filepath.Join(dir, "to.ndjson")
	bodies := randomBodies(manyBodies)
	capturesOf(t, from, bodies)

	var heard, told syncBuffer
	ended := make(chan int, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		ended <- run(ctx, []string{"listen", "--addr", "127.0.0.1:0", "--save", to, "--count", strconv.Itoa(manyBodies), "--validate", "off", "-f", "ndjson"},
			&streams{in: strings.NewReader(""), out: &heard, err: &told, width: 80})
	}()
	url := heard.await(t, `"url":"([^"]+)"`)[1]
	var sent, said syncBuffer
	if code := run(t.Context(), []string{"replay", from, "--allow-invalid", "-f", "ndjson", "--to", url},
		&streams{in: strings.NewReader(""), out: &sent, err: &said, width: 80}); code != 0 {
		t.Fatalf("replay ended with %d\n%s", code, said.String())
	}
	if code := <-ended; code != 0 {
		t.Fatalf("listen ended with %d\n%s", code, told.String())
	}
	n := 0
	for e, err := range event.Read(t.Context(), []string{to}, event.ReadOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(e.Body, bodies[n]) {
			t.Fatalf("body %d was %q and is %q", n+1, bodies[n], e.Body)
		}
		n++
	}
	if n != len(bodies) {
		t.Errorf("%d of %d arrived", n, len(bodies))
	}
}
