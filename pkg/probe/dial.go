package probe

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"

	"github.com/konhook/konhook/pkg/deliver"
)

// line is a connection to the receiver.
type line struct {
	net.Conn
	in   *bufio.Reader
	kept bool // it is for more than one message
}

// maxRead is how many bytes of one connection are read.
const maxRead = 4 << 20

// dial connects to the receiver. The connection fails with the context.
func (s *session) dial(ctx context.Context) (*line, error) {
	ctx, cancel := context.WithTimeout(ctx, deliver.DefaultConnectTimeout)
	defer cancel()
	conn, err := s.o.connect(ctx)
	if err != nil {
		return nil, err
	}
	return &line{Conn: conn, in: bufio.NewReader(io.LimitReader(conn, maxRead))}, nil
}

// isUnreachable reports whether nobody took a connection.
func isUnreachable(err error) bool {
	_, ok := errors.AsType[*deliver.UnreachableError](err)
	return ok
}
