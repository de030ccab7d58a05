package content

// Options say how front matter is read.
type Options struct {
	Unknown    Unknown           // what an unknown key is
	Map        map[string]string // key as written -> key as read, "image.src" and "params.x" too
	DateForms  []string          // further forms, as written in settings: "02/01/2006"
	Language   string            // of pages that do not say
	OpenTopics bool              // any word makes a topic; its slug is made from it
}

// Unknown says what an unknown front matter key is.
type Unknown uint8

// The choices.
const (
	UnknownWarning Unknown = iota
	UnknownError
	UnknownOff
)
