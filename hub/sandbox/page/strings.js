// The words of the page, in English and Russian; the browser's language decides.

const ENGLISH = {
  page: "Sandbox portal",
  search: "Search",
  dialogs: "Dialogs",
  notifications: "Notifications",
  unreadNotifications: { one: "{n} new notification", other: "{n} new notifications" },
  back: "Back to the dialogs",
  send: "Send",
  write: "Message or /command",
  whoAmI: "Look at the portal as",
  switchPerson: "You are {name}. Switch person",
  inactive: "dismissed",
  bot: "Bot",
  group: "Group chat",
  private: "Private chat",
  you: "You",
  today: "Today",
  yesterday: "Yesterday",
  everybody: "Everybody",
  message: "message",
  file: "File {id}",
  card: "Card",
  edited: "edited",
  deleted: "Message deleted",
  sent: "Sent",
  read: "Read",
  unread: { one: "{n} unread message", other: "{n} unread messages" },
  unreadMessages: "Unread messages",
  newMessages: { one: "{n} new message", other: "{n} new messages" },
  toBottom: "To the newest",
  waiting: "Waiting for the bot",
  copied: "Copied",
  cannotCopy: "The browser did not allow copying",
  calling: "The client would now call {number}",
  noDialog: "You are not in the dialog {dialog}",
  noMessage: "That message is not here",
  noListener: "No bot has registered this command: nobody hears the click",
  noAnswer: "The portal did not take that. Try again",
  live: "Sandbox portal, live",
  connecting: "Connecting…",
  lost: "Connection lost, trying again…",
  pickTitle: "Pick a dialog",
  pickText: "Messages from the bot appear on the left the moment they are sent.",
  emptyDialogTitle: "No messages yet",
  emptyDialogText: "What the bot sends shows up here. Write something, or start with a slash to give a command.",
  noDialogsTitle: "Nothing here yet",
  noDialogsText: "Register the bot and send a message: the dialog appears by itself.",
  nothingFound: "Nothing found for “{query}”",
  noNotifications: "No notifications. The portal's bell rings here.",
  noPeople: "The portal has no people yet.",
};

const RUSSIAN = {
  page: "Портал-песочница",
  search: "Поиск",
  dialogs: "Диалоги",
  notifications: "Уведомления",
  unreadNotifications: { one: "{n} новое уведомление", few: "{n} новых уведомления", many: "{n} новых уведомлений" },
  back: "Назад к диалогам",
  send: "Отправить",
  write: "Сообщение или /команда",
  whoAmI: "Смотреть на портал как",
  switchPerson: "Вы — {name}. Сменить человека",
  inactive: "уволен",
  bot: "Бот",
  group: "Групповой чат",
  private: "Личный чат",
  you: "Вы",
  today: "Сегодня",
  yesterday: "Вчера",
  everybody: "Все",
  message: "сообщение",
  file: "Файл {id}",
  card: "Карточка",
  edited: "изменено",
  deleted: "Сообщение удалено",
  sent: "Отправлено",
  read: "Прочитано",
  unread: { one: "{n} непрочитанное сообщение", few: "{n} непрочитанных сообщения", many: "{n} непрочитанных сообщений" },
  unreadMessages: "Непрочитанные сообщения",
  newMessages: { one: "{n} новое сообщение", few: "{n} новых сообщения", many: "{n} новых сообщений" },
  toBottom: "К последнему",
  waiting: "Ждём ответа бота",
  copied: "Скопировано",
  cannotCopy: "Браузер не разрешил копирование",
  calling: "Клиент позвонил бы сейчас на {number}",
  noDialog: "Вас нет в диалоге {dialog}",
  noMessage: "Этого сообщения здесь нет",
  noListener: "Эту команду не зарегистрировал ни один бот: нажатия никто не слышит",
  noAnswer: "Портал этого не принял. Попробуйте ещё раз",
  live: "Портал-песочница, на связи",
  connecting: "Подключаемся…",
  lost: "Связь потеряна, пробуем снова…",
  pickTitle: "Выберите диалог",
  pickText: "Сообщения бота появляются слева в тот же миг, когда отправлены.",
  emptyDialogTitle: "Сообщений пока нет",
  emptyDialogText: "Здесь появится то, что пришлёт бот. Напишите что-нибудь или начните с косой черты, чтобы дать команду.",
  noDialogsTitle: "Здесь пока пусто",
  noDialogsText: "Зарегистрируйте бота и отправьте сообщение: диалог появится сам.",
  nothingFound: "По запросу «{query}» ничего нет",
  noNotifications: "Уведомлений нет. Здесь звенит колокольчик портала.",
  noPeople: "На портале пока нет людей.",
};

const isRussian = /^ru\b/i.test(navigator.language);
const words = isRussian ? RUSSIAN : ENGLISH;

/** The locale for dates and plurals; the reader's own flavour of English where there is one. */
export const locale = isRussian || /^en\b/i.test(navigator.language) ? navigator.language : "en-GB";

const plurals = new Intl.PluralRules(locale);

/** Return the words for *key*, with `{name}` filled from *values*; `n` picks the plural form. */
export function t(key, values = {}) {
  const entry = words[key];
  const text = typeof entry === "string" ? entry : (entry[plurals.select(values.n)] ?? entry.many ?? entry.other);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Put the words into elements that ask for them with `data-label` and `data-placeholder`. */
export function translate(root) {
  root.documentElement.lang = isRussian ? "ru" : "en";
  root.title = t("page");
  for (const node of root.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
  for (const node of root.querySelectorAll("[data-placeholder]")) node.placeholder = t(node.dataset.placeholder);
}
