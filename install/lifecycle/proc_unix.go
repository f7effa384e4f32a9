//go:build !windows

package lifecycle

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// ownGroup starts the script as the leader of a new process group.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// setRaw is for Windows.
func setRaw(*exec.Cmd, string, []string) {}

// stop asks the script to end, and after the grace makes it. group means its
// whole process group.
func stop(cmd *exec.Cmd, group bool, grace time.Duration) error {
	pid := cmd.Process.Pid
	if group {
		pid = -pid
	}
	time.AfterFunc(grace, func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	err := syscall.Kill(pid, syscall.SIGTERM)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}
