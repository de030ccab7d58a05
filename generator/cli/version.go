package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use:                   "version",
		Short:                 "Tells which version this is.",
		DisableFlagsInUseLine: true,
		Args:                  arguments(),
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintf(a.std.Out, "guidepost %s %s %s/%s\n", release(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	}
}

// release is the version that the program was built as.
func release() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
