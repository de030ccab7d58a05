package main

import (
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
)

// The synthetic site: the same bytes on every machine. An article has about
// 1,150 words, 5 headings, lists, a table, 6 to 10 links to other articles and
// 1 to 3 topics. Words are drawn as in a language, few often and many seldom,
// half of them from those that belong to the article's subject.

const (
	vocabulary = 20_000
	subjects   = 400
	perFolder  = 200
)

func articlePath(i int) string { return fmt.Sprintf("s%03d/a%06d.md", i/perFolder, i) }

func write(site string, articles, topics int) error {
	rnd := rand.New(rand.NewSource(1))
	words := make([]string, vocabulary)
	for i := range words {
		words[i] = word(rnd)
	}
	often := rand.NewZipf(rnd, 1.07, 3, vocabulary-1)
	inSubject := rand.NewZipf(rnd, 1.2, 4, 299)
	content := filepath.Join(site, "content")
	for i := 0; i < articles; i += perFolder {
		if err := os.MkdirAll(filepath.Join(content, filepath.Dir(articlePath(i))), 0o777); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(content, "topics"), 0o777); err != nil {
		return err
	}
	for t := range topics {
		if err := os.WriteFile(filepath.Join(content, fmt.Sprintf("topics/t%d.md", t)),
			fmt.Appendf(nil, "---\ntitle: Topic %d\ndescription: All about the topic with the number %d.\n---\nWhat belongs together here.\n", t, t), 0o666); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(content, "site.yaml"), []byte("title: Synthetic guidance\nbase_url: https://guidance.example.org\n"), 0o666); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(content, "index.md"), []byte("---\ntitle: Guidance\ndescription: A site to measure by.\n---\nWelcome.\n"), 0o666); err != nil {
		return err
	}
	var b bytes.Buffer
	for i := range articles {
		subject := rnd.Intn(subjects)
		next := func() string {
			if rnd.Intn(2) == 0 {
				return words[(subject*4831+int(inSubject.Uint64())*61)%vocabulary]
			}
			return words[often.Uint64()]
		}
		sentence := func(n int) {
			for k := range n {
				w := next()
				if k == 0 {
					b.WriteString(string(w[0]-32) + w[1:])
					continue
				}
				b.WriteString(" " + w)
			}
			b.WriteByte('.')
		}
		b.Reset()
		fmt.Fprintf(&b, "---\ntitle: Article %d on %s %s\ndescription: ", i, next(), next())
		sentence(12)
		b.WriteString("\ntopics: [")
		first := rnd.Intn(topics)
		for k := range min(1+rnd.Intn(3), topics) {
			if k > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "t%d", (first+k*7)%topics)
		}
		fmt.Fprintf(&b, "]\npublished: %d-%02d-%02d\nreviewed: 2026-%02d-01\nowner: Team %d\n---\n\n", 2020+rnd.Intn(6), 1+rnd.Intn(12), 1+rnd.Intn(28), 1+rnd.Intn(10), rnd.Intn(9))
		links := 6 + rnd.Intn(5)
		for section := range 5 {
			if section > 0 {
				b.WriteString("## ")
				b.WriteString(next() + " " + next() + " " + next())
				b.WriteString("\n\n")
			}
			for range 3 {
				for range 4 {
					sentence(9 + rnd.Intn(9))
					b.WriteByte(' ')
				}
				if links > 0 {
					links--
					to := rnd.Intn(articles)
					fmt.Fprintf(&b, "See [%s %s](../%s) or *%s* and **%s**.", next(), next(), articlePath(to), next(), next())
				}
				b.WriteString("\n\n")
			}
			switch section {
			case 1, 3:
				for range 5 {
					b.WriteString("- ")
					sentence(8)
					b.WriteByte('\n')
				}
				b.WriteByte('\n')
			case 2:
				b.WriteString("| What | When | Who |\n| --- | --- | --- |\n")
				for range 5 {
					fmt.Fprintf(&b, "| %s %s | %s | %s %s |\n", next(), next(), next(), next(), next())
				}
				b.WriteByte('\n')
			}
		}
		b.WriteString("### ")
		sentence(3)
		b.WriteString("\n\n")
		sentence(14)
		b.WriteString("\n\n")
		sentence(12)
		b.WriteByte('\n')
		if err := os.WriteFile(filepath.Join(content, articlePath(i)), b.Bytes(), 0o666); err != nil {
			return err
		}
	}
	return nil
}

func word(rnd *rand.Rand) string {
	const consonants, vowels = "bcdfghklmnprstvw", "aeiou"
	var w []byte
	for range 1 + rnd.Intn(3) {
		w = append(w, consonants[rnd.Intn(len(consonants))], vowels[rnd.Intn(len(vowels))])
		if rnd.Intn(2) == 0 {
			w = append(w, consonants[rnd.Intn(len(consonants))])
		}
	}
	return string(w)
}
