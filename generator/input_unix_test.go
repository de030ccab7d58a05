//go:build unix

package generator

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// pipe makes a pipe that nobody writes to.
func (h *history) pipe(name string) {
	if err := syscall.Mkfifo(h.path(name), 0o666); err != nil {
		h.t.Skip("no pipes here: ", err)
	}
}

// asNobody reports whether the test goes on in this process. For root, who may
// read everything, it runs in another, as a user who is nobody.
func asNobody(t *testing.T) bool {
	t.Helper()
	if os.Getuid() != 0 {
		return true
	}
	exe, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Skip("the test's own program cannot be found: ", err)
	}
	defer exe.Close()
	// Where go test puts the program only its owner may look.
	dir, err := os.MkdirTemp("", "guidepost-test")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "test")
	f, err := os.OpenFile(program, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(f, exe); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Close(), os.Chmod(dir, 0o755), os.Chmod(program, 0o755)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Dir = "/"
	cmd.Env = []string{"TMPDIR=" + os.TempDir(), "HOME=/"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil && !strings.Contains(string(out), "=== RUN"):
		t.Skip("a process cannot be run as nobody: ", err, string(out))
	case err != nil, !strings.Contains(string(out), "--- PASS: "+t.Name()):
		t.Errorf("as nobody: %v\n%s", err, out)
	}
	return false
}
