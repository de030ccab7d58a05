package publish

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// inNamespace is set in a process that may mount things, seen by it alone.
const inNamespace = "GUIDEPOST_TEST_PUBLISH_MOUNTS"

// TestMounts needs file systems of its own, so it runs itself again in a user
// and mount namespace.
func TestMounts(t *testing.T) {
	if os.Getenv(inNamespace) != "" {
		t.Run("DiskFull", testDiskFull)
		t.Run("NoInodes", testNoInodes)
		t.Run("MountPoint", testMountPoint)
		t.Run("BindMount", testBindMount)
		t.Run("ReadOnly", testReadOnly)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestMounts$", "-test.v")
	cmd.Env = append(os.Environ(), inNamespace+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if len(out) == 0 && err != nil {
		t.Skip("namespaces are not permitted here:", err)
	}
	if strings.Contains(string(out), cannotMount) {
		t.Skip("mounting is not permitted here")
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

const cannotMount = "cannot mount"

func mount(t *testing.T, source, dir, kind string, flags uintptr, data string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount(source, dir, kind, flags, data); err != nil {
		t.Fatal(cannotMount, dir, err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// sized is a site of about size bytes.
func sized(text string, files, size int) tree {
	t := tree{}
	for i := range files {
		t[fmt.Sprintf("%s%d/index.html", text[:1], i)] = strings.Repeat(text, size/files/len(text))
	}
	t["index.html"] = text
	return t
}

func testDiskFull(t *testing.T) {
	for _, inPlace := range []bool{false, true} {
		site := filepath.Join(t.TempDir(), "site")
		mount(t, "tmpfs", site, "tmpfs", 0, "size=2m")
		opt := siteOptions(site)
		opt.InPlace, opt.many = inPlace, 1
		old, new := sized("old", 40, 400<<10), sized("new", 40, 400<<10)
		mustPublish(t, opt, old)
		failed := 0
		for leave := 0; leave < 800; leave += 20 {
			ballast := filepath.Join(site, "ballast")
			fillDisk(t, ballast, leave<<10)
			_, err := publishTo(opt, new)
			if err == nil {
				wantTree(t, "it fits", opt.Out, new)
				os.Remove(ballast)
				mustPublish(t, opt, old)
				continue
			}
			failed++
			var failure *Failure
			if !errors.As(err, &failure) || !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("%d KiB left: %v", leave, err)
			}
			wantTree(t, err.Error(), opt.Out, old)
			wantNoLeftovers(t, err.Error(), site)
			os.Remove(ballast)
		}
		if failed == 0 {
			t.Error("the disk was never full")
		}
		t.Logf("in place %v: full %d times of 40", inPlace, failed)
		mustPublish(t, opt, new)
		wantTree(t, "in the end", opt.Out, new)
	}
}

// fillDisk fills the disk but for leave bytes.
func fillDisk(t *testing.T, name string, leave int) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	size := int64(0)
	for {
		n, err := f.Write(page)
		size += int64(n)
		if err != nil {
			break
		}
	}
	f.Truncate(max(0, size-int64(leave)))
}

func testNoInodes(t *testing.T) {
	site := filepath.Join(t.TempDir(), "site")
	mount(t, "tmpfs", site, "tmpfs", 0, "size=4m,nr_inodes=120")
	opt := siteOptions(site)
	old := sized("old", 20, 1000)
	mustPublish(t, opt, old)
	_, err := publishTo(opt, sized("new", 60, 1000))
	var failure *Failure
	if !errors.As(err, &failure) {
		t.Fatal(err)
	}
	wantTree(t, err.Error(), opt.Out, old)
	wantNoLeftovers(t, err.Error(), site)
	mustPublish(t, opt, sized("new", 10, 1000))
}

// testMountPoint publishes to a folder that is a file system of its own:
// nothing beside it can be renamed into it, and it cannot be exchanged.
func testMountPoint(t *testing.T) {
	site := filepath.Join(t.TempDir(), "site")
	opt := siteOptions(site)
	mount(t, "tmpfs", opt.Out, "tmpfs", 0, "size=4m")
	publishWithoutExchange(t, site, opt)
}

// testBindMount is the same on one device: only the kernel's mount number
// tells that the folder is another mount.
func testBindMount(t *testing.T) {
	site := filepath.Join(t.TempDir(), "site")
	elsewhere := t.TempDir()
	opt := siteOptions(site)
	mount(t, elsewhere, opt.Out, "", syscall.MS_BIND, "")
	publishWithoutExchange(t, site, opt)
}

func publishWithoutExchange(t *testing.T, site string, opt Options) {
	opt.many = 1
	tree{"CNAME": "example.org"}.write(t, opt.Out)
	before, _ := os.Stat(opt.Out)
	for i, pages := range append(versions(), tree{"index.html": "last"}, versions()[0]) {
		mustPublish(t, opt, pages)
		when := fmt.Sprintf("version %d", i)
		wantTree(t, when, opt.Out, pages.and(tree{"CNAME": "example.org"}))
		d, err := Open(context.Background(), opt)
		if err != nil {
			t.Fatal(err)
		}
		wantRest(t, when, d, site)
		d.Close()
		if list, _ := filepath.Glob(filepath.Join(opt.Out, ".*")); len(list) != 1 || filepath.Base(list[0]) != listName {
			t.Errorf("left in the published folder: %q", list)
		}
	}
	if after, _ := os.Stat(opt.Out); !os.SameFile(before, after) {
		t.Error("a mount point was replaced")
	}
}

func testReadOnly(t *testing.T) {
	site := filepath.Join(t.TempDir(), "site")
	opt := siteOptions(site)
	mount(t, "tmpfs", opt.Out, "tmpfs", 0, "size=4m")
	mustPublish(t, opt, tree{"index.html": "old"})
	if err := syscall.Mount("", opt.Out, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(cannotMount, err)
	}
	_, err := publishTo(opt, tree{"index.html": "new"})
	var failure *Failure
	if !errors.As(err, &failure) || !strings.Contains(err.Error(), "the disk can only be read") {
		t.Error(err)
	}
	wantTree(t, "read-only", opt.Out, tree{"index.html": "old"})
	wantNoLeftovers(t, "read-only", site)
}
