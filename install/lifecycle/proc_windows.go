package lifecycle

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ownGroup starts the script in a new process group.
func ownGroup(cmd *exec.Cmd) {
	attr(cmd).CreationFlags |= syscall.CREATE_NEW_PROCESS_GROUP
}

// setRaw hands cmd.exe its command line as it is: quoting it the usual way
// would spoil it.
func setRaw(cmd *exec.Cmd, shell string, args []string) {
	if isCmd(shell) {
		last := len(args) - 1
		attr(cmd).CmdLine = shell + " " + strings.Join(args[:last], " ") + ` "` + args[last] + `"`
	}
}

func attr(cmd *exec.Cmd) *syscall.SysProcAttr {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	return cmd.SysProcAttr
}

// stop ends the script with all its children; Windows has no polite signal.
func stop(cmd *exec.Cmd, _ bool, _ time.Duration) error {
	kill := exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(cmd.Process.Pid))
	if kill.Run() == nil {
		return nil
	}
	return cmd.Process.Kill()
}
