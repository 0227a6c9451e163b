//go:build linux || darwin || freebsd || openbsd || netbsd || dragonfly

package engine

import (
	"os"
	"syscall"
)

// lockFile locks f until it is closed, shared or alone, and fails at once if it cannot.
func lockFile(f *os.File, alone bool) error {
	how := syscall.LOCK_SH
	if alone {
		how = syscall.LOCK_EX
	}
	for {
		if err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); err != syscall.EINTR {
			return err
		}
	}
}
