package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"

	"github.com/konhook/konhook/pkg/api"
)

// listenOn opens a TCP port at HOST:PORT, where port 0 is any that is free. The
// errors carry an exit code: an address that is none is a wrong use, a port that
// cannot be had a failure of this machine.
func listenOn(ctx context.Context, addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err == nil {
		_, err = net.DefaultResolver.LookupPort(ctx, "tcp", port)
	}
	if err != nil {
		return nil, usageError("--addr 127.0.0.1:0", "%q is no address: write HOST:PORT", addr)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, networkOf(host), addr)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		err = fmt.Errorf("port %s of %s is in use", port, orAll(host))
	case errors.Is(err, os.ErrPermission):
		err = fmt.Errorf("port %s of %s may not be opened: permission denied", port, orAll(host))
	default:
		err = fmt.Errorf("cannot listen on %s: %s", addr, bareReason(err))
	}
	return nil, hinted(codeError(exitMachine, "port", err), "--addr 127.0.0.1:0, which picks a free port")
}

// networkOf keeps an IPv4 address to IPv4: 0.0.0.0 stands for the addresses of
// IPv6 as well otherwise.
func networkOf(host string) string {
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is4() {
		return "tcp4"
	}
	return "tcp"
}

// bareReason is the innermost reason of an error of package net.
func bareReason(err error) string {
	var (
		sys  *os.SyscallError
		name *net.DNSError
	)
	switch {
	case errors.As(err, &sys):
		return sys.Err.Error()
	case errors.As(err, &name):
		return "no such host"
	}
	return err.Error()
}

func orAll(host string) string {
	if host == "" {
		return "all addresses"
	}
	return host
}

// isLoopbackAddr reports whether only this machine can reach HOST:PORT.
func isLoopbackAddr(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	return err == nil && api.Loopback(host)
}
