package capture

import (
	"bytes"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// machine is a computer whose power may be cut and whose disk may fail. Its file
// is a real one, which stands for what the system has in memory.
type machine struct {
	mu      sync.Mutex
	random  *rand.Rand
	disk    []byte   // what a power cut leaves for sure
	pending []change // what was not synced
	left    int      // operations until the power is cut, never when negative
	crashed []byte   // what the cut has left, nil while there is power
	fault   fault
	flaky   bool // a sync fails now and then
	syncs   int
}

// change is a write, or a truncation when there is no data.
type change struct {
	at   int64
	data []byte
	lost []bool // the bytes that read as zeros, unless the disk has them already; nil: none
}

// fault is what is wrong with a disk. It is met by every operation of its kind.
type fault struct {
	write, sync, truncate error
}

// wrap puts a file on the disk of the machine.
func (m *machine) wrap(f *os.File) disk { return &machineFile{f, m} }

type machineFile struct {
	*os.File
	m *machine
}

// step counts an operation. It returns false without power.
func (m *machine) step() bool {
	if m.left--; m.left == 0 {
		m.cut()
	}
	return m.crashed == nil
}

func (f *machineFile) WriteAt(b []byte, at int64) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	written, err := b, f.m.fault.write
	if err != nil {
		written = b[:f.m.random.IntN(len(b))]
	}
	f.m.pending = append(f.m.pending, change{at: at, data: bytes.Clone(written)})
	if !f.m.step() {
		return 0, syscall.EIO
	}
	n, failed := f.File.WriteAt(written, at)
	if err == nil {
		err = failed
	}
	return n, err
}

func (f *machineFile) Truncate(size int64) error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if f.m.fault.truncate != nil {
		return f.m.fault.truncate
	}
	f.m.pending = append(f.m.pending, change{at: size})
	if !f.m.step() {
		return syscall.EIO
	}
	return f.File.Truncate(size)
}

// Sync that fails forgets what was to be written, as Linux does: the next one has
// nothing to do.
func (f *machineFile) Sync() error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	f.m.syncs++
	if !f.m.step() {
		return syscall.EIO
	}
	err := f.m.fault.sync
	if f.m.flaky && f.m.random.IntN(8) == 0 {
		err = syscall.EIO
	}
	if err != nil {
		f.m.disk, f.m.pending = f.m.some(), nil
		return err
	}
	for _, c := range f.m.pending {
		f.m.disk = c.apply(f.m.disk)
	}
	f.m.pending = nil
	return nil
}

func (c change) apply(disk []byte) []byte {
	end := c.at + int64(len(c.data))
	if grow := end - int64(len(disk)); grow > 0 {
		disk = append(disk, make([]byte, grow)...)
	}
	if c.data == nil {
		return disk[:c.at]
	}
	for i, b := range c.data {
		at := c.at + int64(i)
		if len(c.lost) > 0 && c.lost[i] && disk[at] != b {
			b = 0
		}
		disk[at] = b
	}
	return disk
}

func (m *machine) isOff() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.crashed != nil
}

// cut cuts the power.
func (m *machine) cut() { m.crashed = append(m.some(), []byte{}...) }

// some is the disk with some of what was not synced: a write may be there whole,
// up to any byte, up to any sector, in some of its sectors, in its length alone or
// not at all.
func (m *machine) some() []byte {
	disk := append([]byte{}, m.disk...)
	for _, c := range m.pending {
		if m.random.IntN(4) == 0 {
			continue
		}
		if c.data != nil {
			c = m.torn(c)
		}
		disk = c.apply(disk)
	}
	return disk
}

func (m *machine) torn(c change) change {
	n := m.random.IntN(len(c.data) + 1)
	switch m.random.IntN(5) {
	case 0:
		c.data = c.data[:n]
	case 1:
		c.data = c.data[:max(0, (int(c.at)+n)/sector*sector-int(c.at))]
	case 2:
		c.lost = m.holes(c)
	case 3:
		c.lost, c.data = m.holes(c), c.data[:n]
	}
	return c
}

// holes loses sectors of a write, all of them now and then.
func (m *machine) holes(c change) []bool {
	lost, odds := make([]bool, len(c.data)), m.random.IntN(4)
	for i := range lost {
		first := i == 0 || (int(c.at)+i)%sector == 0
		if !first || m.random.IntN(4) < odds {
			continue
		}
		for n := i; n < len(lost) && (n == i || (int(c.at)+n)%sector != 0); n++ {
			lost[n] = true
		}
	}
	return lost
}
