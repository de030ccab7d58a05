//go:build !windows

package publish

func isDiskFull(error) bool { return false }
