// Package holder tells who has a lock: a file beside what is locked says so.
package holder

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Holder is a process that has a lock. The zero Holder is one of which nothing is
// known.
type Holder struct {
	PID     int    `json:"pid"`     // 0 when it is not known
	Command string `json:"command"` // what the process said of itself; may be empty
}

// most is how many bytes of a file are read.
const most = 4 << 10

// String names the process for people.
func (h Holder) String() string {
	who := h.Command
	if who == "" {
		who = "another program"
	}
	if h.PID > 0 {
		who += fmt.Sprintf(" (process %d)", h.PID)
	}
	return who
}

// Text is what this process writes into the file. command must hold no secret.
func Text(command string) ([]byte, error) {
	return json.Marshal(Holder{os.Getpid(), command})
}

// Read reads the file at path. What cannot be read leaves the holder unknown.
func Read(path string) (h Holder) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return Holder{} // a pipe could have no end
	}
	file, err := os.Open(path)
	if err != nil {
		return Holder{}
	}
	defer file.Close()
	if json.NewDecoder(io.LimitReader(file, most)).Decode(&h) != nil {
		return Holder{}
	}
	return h
}
