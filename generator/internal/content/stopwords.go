package content

// stopWords are the words of English that tell nothing of what a page is
// about, sorted.
var stopWords = [...]string{
	"a", "about", "above", "after", "again", "against", "ain", "all", "also", "am", "an", "and", "any", "are", "aren",
	"as", "at", "be", "because", "been", "before", "being", "below", "between", "both", "but", "by", "can", "cannot",
	"could", "couldn", "did", "didn", "do", "does", "doesn", "doing", "don", "down", "during", "each", "either", "else",
	"etc", "even", "ever", "every", "few", "for", "from", "further", "get", "gets", "getting", "give", "gives", "go",
	"goes", "going", "got", "had", "hadn", "has", "hasn", "have", "haven", "having", "he", "hence", "her", "here",
	"hers", "herself", "him", "himself", "his", "how", "however", "i", "if", "in", "into", "is", "isn", "it", "its",
	"itself", "just", "kind", "let", "like", "likely", "ll", "made", "make", "makes", "making", "many", "may", "maybe",
	"me", "might", "more", "most", "much", "must", "mustn", "my", "myself", "need", "needs", "neither", "no", "nor",
	"not", "now", "of", "off", "often", "on", "once", "one", "only", "onto", "or", "other", "others", "our", "ours",
	"ourselves", "out", "over", "own", "per", "perhaps", "please", "put", "quite", "rather", "re", "really", "s",
	"same", "see", "seem", "seems", "shall", "shan", "she", "should", "shouldn", "since", "so", "some", "something",
	"sometimes", "soon", "still", "such", "sure", "t", "take", "takes", "taking", "tell", "than", "that", "the",
	"their", "theirs", "them", "themselves", "then", "there", "therefore", "these", "they", "thing", "things", "think",
	"this", "those", "though", "through", "thus", "to", "together", "too", "toward", "towards", "under", "unless",
	"until", "up", "upon", "us", "use", "used", "uses", "using", "usually", "ve", "very", "want", "was", "wasn", "way",
	"ways", "we", "well", "were", "weren", "what", "whatever", "when", "where", "whether", "which", "while", "who",
	"whom", "whose", "why", "will", "with", "within", "without", "won", "would", "wouldn", "yes", "yet", "you", "your",
	"yours", "yourself", "yourselves",
}
