package output

// pageSchema describes index.json for other programs, in JSON Schema of 2020-12.
// A test holds it against pageData, name by name, and what is made against it.
const pageSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "A page of guidance",
  "description": "What /PATH/index.json holds of a page that other sites may show. Names are added, never changed.",
  "type": "object",
  "required": ["version", "url", "title", "description", "language", "direction", "state", "html", "text", "headings", "topics", "dates", "changes", "owner", "authors", "review", "image", "related", "links", "words", "heights", "embed", "card", "body", "oembed", "publisher", "digest"],
  "properties": {
    "version": {"const": 1},
    "url": {"type": "string", "format": "uri", "description": "The page on its own site."},
    "title": {"type": "string"},
    "description": {"type": "string", "description": "One sentence."},
    "language": {"type": "string", "description": "BCP 47."},
    "direction": {"enum": ["ltr", "rtl"]},
    "state": {"enum": ["live", "expired", "withdrawn"]},
    "html": {"type": "string", "description": "The text without its title, as in body.html: one article element, ids prefixed, addresses whole."},
    "text": {"type": "string", "description": "The same as plain text, a line a block."},
    "headings": {"type": "array", "items": {"type": "object", "required": ["id", "level", "text"], "properties": {
      "id": {"type": "string"}, "level": {"type": "integer", "minimum": 1, "maximum": 6}, "text": {"type": "string"}}}},
    "topics": {"type": "array", "items": {"$ref": "#/$defs/link"}},
    "dates": {"type": "object", "required": ["published", "updated", "reviewed"], "properties": {
      "published": {"$ref": "#/$defs/date"}, "updated": {"$ref": "#/$defs/date"}, "reviewed": {"$ref": "#/$defs/date"}}},
    "changes": {"type": "array", "description": "The newest first.", "items": {"type": "object", "required": ["date", "note", "major"], "properties": {
      "date": {"type": "string"}, "note": {"type": "string"}, "major": {"type": "boolean"}}}},
    "owner": {"type": "string"},
    "authors": {"type": "array", "items": {"type": "string"}},
    "review": {"type": "object", "required": ["last", "due"], "properties": {
      "last": {"$ref": "#/$defs/date"}, "due": {"$ref": "#/$defs/date"}}},
    "image": {"type": ["object", "null"], "required": ["url", "alt"], "properties": {
      "url": {"type": "string"}, "alt": {"type": "string"}, "width": {"type": "integer"}, "height": {"type": "integer"},
      "caption": {"type": "string"}, "credit": {"type": "string"}, "credit_url": {"type": "string"}}},
    "related": {"type": "array", "items": {"$ref": "#/$defs/link"}},
    "links": {"type": "array", "description": "What the text links to.", "items": {"$ref": "#/$defs/link"}},
    "words": {"type": "integer", "minimum": 0},
    "heights": {"type": "object", "description": "About how high a frame of 320, 600 and 900 pixels' width is to be, in pixels.",
      "required": ["320", "600", "900"], "additionalProperties": {"type": "integer", "minimum": 1}},
    "embed": {"type": "string", "format": "uri", "description": "The page for a frame."},
    "card": {"type": "string", "format": "uri", "description": "The page as a card, for a frame of 260 to 320 pixels' height."},
    "body": {"type": "string", "format": "uri"},
    "oembed": {"type": "string", "format": "uri"},
    "publisher": {"$ref": "#/$defs/link"},
    "digest": {"type": "string", "pattern": "^sha256-[0-9a-f]{64}$", "description": "Of html."}
  },
  "$defs": {
    "date": {"type": ["string", "null"], "description": "2026-10-12, or RFC 3339; null where there is none."},
    "link": {"type": "object", "required": ["url", "title"], "properties": {
      "url": {"type": "string"}, "title": {"type": "string"}, "description": {"type": "string"},
      "external": {"type": "boolean", "description": "Leads to another site."}}}
  }
}
`
