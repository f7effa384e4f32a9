//go:build !linux

package cmd

// expectWork does nothing: the size of pages is not for a process to choose.
func (a *app) expectWork() {}
