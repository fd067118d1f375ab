/* The stop list: articles, pronouns, prepositions, conjunctions, auxiliaries and their contractions. A general list on purpose: words of a trade
 * ("system", "method") are left to idf. Sorted, so that a look-up is a binary search. */
#include "evalcore/embed/text/stop_words.h"

#include <string.h>

const char *const rq_stop_words[] = {
	"a", "about", "above", "after", "again", "against", "all", "also", "am", "an", "and", "any", "are", "aren't", "as", "at", "be", "because",
	"been", "before", "being", "below", "between", "both", "but", "by", "can", "can't", "cannot", "could", "couldn't", "did", "didn't", "do",
	"does", "doesn't", "doing", "don't", "during", "each", "either", "else", "ever", "for", "from", "further", "had", "hadn't", "has", "hasn't",
	"have", "haven't", "having", "he", "he's", "her", "here", "hers", "herself", "him", "himself", "his", "how", "however", "i", "i'd", "i'll",
	"i'm", "i've", "if", "in", "into", "is", "isn't", "it", "it's", "its", "itself", "just", "let's", "may", "me", "might", "more", "most", "must",
	"my", "myself", "neither", "no", "nor", "not", "of", "on", "once", "only", "or", "other", "our", "ours", "ourselves", "own", "same", "shall",
	"she", "she's", "should", "shouldn't", "so", "some", "such", "than", "that", "that's", "the", "their", "theirs", "them", "themselves", "then",
	"there", "there's", "these", "they", "they'd", "they'll", "they're", "they've", "this", "those", "though", "through", "thus", "to", "too",
	"under", "until", "up", "upon", "us", "very", "was", "wasn't", "we", "we'd", "we'll", "we're", "we've", "were", "weren't", "what", "what's",
	"when", "where", "whether", "which", "while", "who", "whom", "whose", "why", "will", "with", "within", "without", "won't", "would", "wouldn't",
	"yet", "you", "you'd", "you'll", "you're", "you've", "your", "yours", "yourself", "yourselves",
};

const size_t rq_stop_word_count = sizeof rq_stop_words / sizeof *rq_stop_words;

bool rq_is_stop_word(const char *word, size_t length)
{
	size_t low = 0, high = length == 0 ? 0 : rq_stop_word_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = (unsigned char)rq_stop_words[middle][0] - (unsigned char)word[0]; /* decides most steps */
		if (order == 0)
			order = strncmp(rq_stop_words[middle], word, length);
		if (order == 0 && rq_stop_words[middle][length] == '\0')
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}
