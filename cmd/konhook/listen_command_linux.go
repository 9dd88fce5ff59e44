package main

import "syscall"

// endWithParent has the system end the command when konhook is killed.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGTERM }
