package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"guidepost/generator/internal/content"
	"guidepost/generator/internal/diag"
)

func (a *app) new() *cobra.Command {
	c := &cobra.Command{
		Use:   "new",
		Short: "Begins a site, an article or a layout.",
		Args:  unknownCommand,
		RunE: func(c *cobra.Command, _ []string) error {
			fmt.Fprint(a.std.Err, usage(c))
			return &status{code: exitUsage}
		},
	}
	site := &cobra.Command{
		Use:   "site DIR",
		Short: "Writes the example site into DIR, which must be new or empty.",
		Args:  arguments("DIR"),
		RunE:  func(_ *cobra.Command, args []string) error { return a.newSite(args[0]) },
	}
	var now string
	article := &cobra.Command{
		Use:   "article PATH",
		Short: "Writes content/PATH.md, a draft with its front matter filled in.",
		Args:  arguments("PATH"),
		RunE:  func(_ *cobra.Command, args []string) error { return a.newArticle(args[0], now) },
	}
	article.Flags().StringVar(&now, "now", "", "what is today: a `TIME` (RFC 3339) or a date; else SOURCE_DATE_EPOCH, else the clock")
	layout := &cobra.Command{
		Use:   "layout NAME",
		Short: "Copies the built-in layout NAME to layouts/, to be changed.",
		Args:  arguments("NAME"),
		RunE:  func(_ *cobra.Command, args []string) error { return a.newLayout(args[0]) },
	}
	for _, sub := range []*cobra.Command{site, article, layout} {
		sub.DisableFlagsInUseLine = true
		c.AddCommand(sub)
	}
	return c
}

// newSite writes the example content into a folder of its own.
func (a *app) newSite(arg string) error {
	dir := a.inDir(arg)
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return usagef("%s is not empty (it holds %s); name a new folder", arg, entries[0].Name())
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		if info, serr := os.Stat(dir); serr == nil && !info.IsDir() {
			return usagef("%s is a file; name a new folder", arg)
		}
		return machine(err)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return machine(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return machine(err)
	}
	defer root.Close()
	write := func(name string, text []byte) error {
		if err := root.MkdirAll(path.Dir(name), 0o777); err != nil {
			return err
		}
		return create(root, name, text)
	}
	err = fs.WalkDir(a.defaults, "content", func(name string, e fs.DirEntry, err error) error {
		// Editors and file managers leave hidden files; they are no example.
		if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			return err
		}
		text, err := fs.ReadFile(a.defaults, name)
		if err != nil {
			return err
		}
		return write(name, text)
	})
	if err != nil {
		return machine(err)
	}
	for name, text := range map[string]string{
		".gitignore":        "/.guidepost/\n",
		"public/.gitignore": "*\n!.gitignore\n",
	} {
		if err := write(name, []byte(text)); err != nil {
			return machine(err)
		}
	}
	fmt.Fprintln(a.std.Out, filepath.ToSlash(arg))
	fmt.Fprintf(a.std.Err, "next: guidepost -C %s build\n", filepath.ToSlash(dir))
	return nil
}

// newArticle writes a draft with its front matter filled in.
func (a *app) newArticle(arg, nowFlag string) error {
	now, err := a.now(nowFlag)
	if err != nil {
		return err
	}
	name := strings.Trim(filepath.ToSlash(arg), "/")
	name = strings.TrimSuffix(strings.TrimPrefix(name, "content/"), ".md")
	if why := content.CheckPath(name); why != "" {
		return usagef("%q cannot be the path of an article: it %s", arg, why)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part[0] == '.' || part[0] == '_' {
			return usagef("%q cannot be the path of an article: names that begin with %q are not published", arg, part[:1])
		}
	}
	root, err := os.OpenRoot(a.dir)
	if err != nil {
		return usagef("there is no folder %s", a.dir)
	}
	defer root.Close()
	if info, err := root.Stat("content"); err != nil || !info.IsDir() {
		return usagef("there is no content/ here; name the site's folder with -C, or begin with guidepost new site DIR")
	}
	file := "content/" + name + ".md"
	for _, other := range []string{file, "content/" + name + "/index.md"} {
		if _, err := root.Lstat(other); err == nil {
			return usagef("%s is there already", other)
		}
	}
	if err := root.MkdirAll(path.Dir(file), 0o777); err != nil {
		return machine(err)
	}
	topic, isTopic := strings.CutPrefix(name, "topics/")
	isTopic = isTopic && !strings.Contains(topic, "/")
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: %s\ndescription: In one sentence, what the reader will find here.\n", yamlText(titleOf(path.Base(name))))
	if !isTopic {
		if topics := topicsOf(root.FS()); len(topics) > 0 {
			fmt.Fprintf(&b, "topics: [%s]\n", yamlText(topics[0]))
		}
		fmt.Fprintf(&b, "published: %s\n", now.Format("2006-01-02"))
	}
	b.WriteString("draft: true\n---\n\nBegin with what the reader should do.\n")
	if err := create(root, file, []byte(b.String())); err != nil {
		return machine(err)
	}
	fmt.Fprintln(a.std.Out, file)
	fmt.Fprintln(a.std.Err, "it is a draft: take out the line draft: true to publish it")
	return nil
}

// topicsOf returns the slugs of the site's topics, in order.
func topicsOf(site fs.FS) (slugs []string) {
	files, err := fs.Glob(site, "content/topics/*.md")
	if err != nil {
		return nil
	}
	for _, f := range files {
		if slug := strings.TrimSuffix(path.Base(f), ".md"); slug != "index" && slug[0] != '_' && slug[0] != '.' {
			slugs = append(slugs, slug)
		}
	}
	return slugs
}

// titleOf makes a title of a file's name: "after-a-bad-interview" is "After a
// bad interview".
func titleOf(name string) string {
	title := strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || unicode.IsSpace(r) }), " ")
	if title == "" {
		title = name
	}
	first, size := utf8.DecodeRuneInString(title)
	return string(unicode.ToUpper(first)) + title[size:]
}

// plainYAML is text that YAML takes for text without quotes.
var plainYAML = regexp.MustCompile(`^\pL([\pL\pN '’-]*[\pL\pN])?$`)

// yamlText writes s as YAML that is read as that text and nothing else.
func yamlText(s string) string {
	reserved := []string{"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
	if plainYAML.MatchString(s) && !slices.Contains(reserved, strings.ToLower(s)) {
		return s
	}
	// A JSON string is a YAML string.
	quoted, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(quoted)
}

// newLayout copies a built-in layout to where it replaces it.
func (a *app) newLayout(arg string) error {
	var names []string
	err := fs.WalkDir(a.defaults, "layouts", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), ".") || strings.HasSuffix(name, ".md") {
			return err
		}
		names = append(names, strings.TrimPrefix(name, "layouts/"))
		return nil
	})
	if err != nil {
		return machine(err)
	}
	name := strings.TrimPrefix(strings.Trim(filepath.ToSlash(arg), "/"), "layouts/")
	if !slices.Contains(names, name) {
		// The extension and the folder may be left out where that is plain.
		var meant []string
		for _, n := range names {
			if strings.TrimSuffix(n, path.Ext(n)) == name || path.Base(n) == name || strings.TrimSuffix(path.Base(n), path.Ext(n)) == name {
				meant = append(meant, n)
			}
		}
		if i := slices.Index(meant, name+".html"); i >= 0 {
			meant = meant[i : i+1]
		}
		if len(meant) != 1 {
			near := meant
			if len(near) == 0 {
				near = diag.Nearest(name, names, 3)
			}
			if len(near) == 0 {
				near = diag.Nearest(name+".html", names, 3)
			}
			all := "there are " + strings.Join(names, ", ")
			if len(near) > 0 {
				all = diag.DidYouMean(near, "") + " " + all
			}
			return usagef("there is no built-in layout %q; %s", arg, all)
		}
		name = meant[0]
	}
	text, err := fs.ReadFile(a.defaults, "layouts/"+name)
	if err != nil {
		return machine(err)
	}
	root, err := os.OpenRoot(a.dir)
	if err != nil {
		return usagef("there is no folder %s", a.dir)
	}
	defer root.Close()
	file := "layouts/" + name
	if err := root.MkdirAll(path.Dir(file), 0o777); err != nil {
		return machine(err)
	}
	if err := create(root, file, text); errors.Is(err, fs.ErrExist) {
		return usagef("%s is there already", file)
	} else if err != nil {
		return machine(err)
	}
	fmt.Fprintln(a.std.Out, file)
	return nil
}

// create writes a file that must not be there yet.
func create(root *os.Root, name string, text []byte) error {
	f, err := root.OpenFile(filepath.FromSlash(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

func machine(err error) *status { return &status{exitMachine, err.Error()} }
