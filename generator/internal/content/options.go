package content

// Options say how front matter is read.
type Options struct {
	Unknown Unknown // what an unknown key is
	// Map renames keys on reading: from the key as written, dotted where it
	// stands in a table ("audience.primary"), to the key as read, dotted too
	// ("image.src", "params.x"). See [KnownKey] for what it may lead to.
	Map        map[string]string
	DateForms  []string // further forms, in the layout of package time: "02/01/2006"
	Language   string   // of pages that do not say
	OpenTopics bool     // any word makes a topic; its slug is made from it
}

// Unknown says what an unknown front matter key is.
type Unknown uint8

// The choices.
const (
	UnknownWarning Unknown = iota
	UnknownError
	UnknownOff
)
