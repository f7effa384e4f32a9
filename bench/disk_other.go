//go:build !linux

package main

import (
	"context"
	"errors"
	"os/exec"
)

func dieTogether(*exec.Cmd) {}

func freshExt4(context.Context, string) (string, func() error, error) {
	return "", nil, errors.ErrUnsupported
}

func canMount() bool { return false }

func settle(string) error { return nil }
