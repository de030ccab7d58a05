// Guidepost turns a folder of Markdown guidance into a web site.
package main

import (
	"context"
	"embed"
	"os"
	"os/signal"
	"syscall"

	"guidepost/generator/cli"
)

// defaults are the example site and the built-in layouts.
//
//go:embed all:content all:layouts
var defaults embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends the build in order, a second one ends the program.
	context.AfterFunc(ctx, stop)
	os.Exit(cli.Run(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, defaults, os.Getenv))
}
