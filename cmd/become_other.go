//go:build !unix

package cmd

import "errors"

// become is for systems where a process can be replaced by another.
func (a *app) become(string) error { return errors.ErrUnsupported }
