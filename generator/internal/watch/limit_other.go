//go:build !unix

package watch

func isLimit(error) bool { return false }
