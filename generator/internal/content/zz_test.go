package content
import ("testing";"fmt";"os";"strings";"path/filepath";"io/fs";"guidepost/generator/internal/markdown"
"github.com/BurntSushi/toml";"time")
func TestZZToml(t *testing.T){
 dir:="/root/go/pkg/mod/github.com/!burnt!sushi/toml@v1.6.0/internal/toml-test/tests/valid"
 n,bad:=0,0
 filepath.WalkDir(dir,func(p string,d fs.DirEntry,err error)error{
  if !strings.HasSuffix(p,".toml"){return nil}
  b,_:=os.ReadFile(p)
  var v map[string]any
  if _,err:=toml.Decode(string(b),&v);err!=nil{return nil}
  n++
  m:=matter{file:"x",text:b}
  m.toml(b)
  if len(m.diags)>0 {bad++; fmt.Println(p,m.diags)}
  var check func(x *node); check=func(x *node){ for i:=range x.list{check(&x.list[i])}; for i:=range x.table{ if x.table[i].at.Line==0||x.table[i].val.Line==0 {fmt.Println(p,"no place",x.table[i].key)}; check(&x.table[i].val)}}
  check(&m.root)
  return nil})
 fmt.Println(n,bad)
}
func TestZZGds(t *testing.T){
 dir:="/work/shared/corpora/gds-service-manual"
 for _,o:=range []Options{{Language:"en-GB"},{Language:"en-GB",Unknown:UnknownOff,Map:map[string]string{"status":"params.status","category":"topics","type":"params.type","audience.primary":"audience","audience.secondary":"params.second"}}} {
 p:=NewParser(markdown.New(markdown.Options{Language:"en-GB"}),o)
 rules:=map[string]int{}
 n:=0
 var dur time.Duration
 filepath.WalkDir(dir,func(f string,d fs.DirEntry,err error)error{
  if !strings.HasSuffix(f,".md"){return nil}
  b,_:=os.ReadFile(f); n++
  rel,_:=filepath.Rel(dir,f)
  s:=time.Now()
  _,diags:=p.Parse("content/"+rel,b)
  dur+=time.Since(s)
  for _,x:=range diags { rules[x.Severity.String()+" "+x.Rule]++; switch x.Rule {case "stray-front-matter","bad-front-matter","unclosed-front-matter","held-back","bad-path","bad-value","invalid-utf8","two-titles": if o.Unknown==UnknownOff {fmt.Println(x, x.Hint)}} }
  return nil})
 fmt.Println(n,rules,dur/time.Duration(n))
 }
}
